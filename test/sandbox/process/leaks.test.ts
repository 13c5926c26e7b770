import { describe, expect, it } from 'vitest';
import fc from 'fast-check';
import { HostProcess } from '../../../sandbox/process/host-process.ts';
import { isolation } from '../../../sandbox/process/isolation.ts';
import { hostCommand } from '../../../sandbox/process/command.ts';
import { Starts } from '../../../sandbox/process/starts.ts';
import { Unasked } from '../../../sandbox/process/unasked.ts';
import { usageOf } from '../../../sandbox/process/usage.ts';
import { descriptors, ECHO, isRunning, scriptedSettings, TAP, until } from './support.ts';

/** Kinds of what this process waits for. */
const resources = (): string[] =>
  process
    .getActiveResourcesInfo()
    .filter((kind) => kind !== 'Immediate')
    .toSorted();

/** 200 in a soak. */
const ROUNDS = process.env['VP_SOAK'] === '1' ? 200 : 40;

describe('many starts and ends', () => {
  it('leave no process, no timer, no descriptor', async () => {
    const pids: number[] = [];
    const one = async (round: number): Promise<void> => {
      const host = await HostProcess.start(scriptedSettings(ECHO));
      pids.push(host.pid);
      await host.call(TAP, 'a tap', 20_000);
      if (round % 2 === 0) await host.end(20_000);
      else host.kill('crash', 'a test');
      await host.ended;
    };
    await one(0);
    await until(() => !resources().includes('ProcessWrap'));
    const [files, kinds] = [descriptors(), resources()];
    for (let round = 0; round < ROUNDS; round += 4) await Promise.all([0, 1, 2, 3].map((n) => one(round + n)));
    await until(() => descriptors() === files && resources().length === kinds.length);
    expect(resources()).toEqual(kinds);
    expect(pids).toHaveLength(ROUNDS + 1);
    expect(pids.filter((pid) => isRunning(pid))).toEqual([]);
  }, 180_000);
});

describe('garbage from a host', () => {
  const message = fc.oneof(
    fc.string(),
    fc.json(),
    fc.constantFrom(
      '{"t":"up"}',
      '{"t":"loaded"}',
      '{"t":"guest","text":"{}"}',
      '{"t":"guest"',
      '{"t":"cut","ms":1}',
      '\\u0000',
      '{"t":"dead"}',
    ),
  );

  it('never throws in the kernel: the host goes on or is ended', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(message, { maxLength: 6 }), fc.boolean(), async (lines, whole) => {
        const text = lines.join('\n') + (whole ? '\n' : '');
        const script = `host.say({ t: 'loaded' }); host.answer(() => { host.raw(${JSON.stringify(text)}); return 1; });`;
        const host = await HostProcess.start(scriptedSettings(script));
        const answer = await host.call(TAP, 'a tap', 5_000).catch((error: unknown) => (error as { code: unknown }).code);
        expect([1, 'VP_SANDBOX_KILLED']).toContain(answer);
        host.kill('crash', 'a test');
        const { reason } = await host.ended;
        expect(['crash', 'protocol', 'deadline', 'memory', 'messages']).toContain(reason);
      }),
      { numRuns: 40 },
    );
  }, 120_000);
});

describe('starts', () => {
  it('run two at a time, in their order, also where some fail', async () => {
    const starts = new Starts(2);
    const begun: number[] = [];
    let running = 0;
    let most = 0;
    const one = (n: number): Promise<void> =>
      starts.run(async () => {
        begun.push(n);
        running += 1;
        most = Math.max(most, running);
        await new Promise((resolve) => setImmediate(resolve));
        running -= 1;
        if (n % 3 === 0) throw new Error('no');
      });
    await Promise.allSettled(Array.from({ length: 20 }, (_, n) => one(n)));
    expect(begun).toEqual(Array.from({ length: 20 }, (_, n) => n));
    expect(most).toBe(2);
  });
});

describe('usage', () => {
  it('of this process is what Node says', () => {
    const usage = usageOf(process.pid);
    const sample = usage.read();
    usage.close();
    expect(sample?.rssBytes).toBeGreaterThan(process.memoryUsage.rss() / 2);
    expect(sample?.rssBytes).toBeLessThan(process.memoryUsage.rss() * 2);
    expect(sample?.cpuMs).toBeGreaterThan(0);
  });

  it('of a process that is gone is unknown', async () => {
    const host = await HostProcess.start(scriptedSettings(ECHO));
    const usage = usageOf(host.pid);
    host.kill('crash', 'a test');
    await host.ended;
    expect(usage.read()).toBeUndefined();
    expect(usage.runnable()).toBe(false);
    usage.close();
    usage.close();
    expect(host.figures()).toEqual({ memoryBytes: null, cpuMs: null });
  });

  it('while nothing is asked counts per second, however long the stretches are', () => {
    expect(new Unasked(500).add(490, 500)).toBeUndefined();
    expect(new Unasked(500).add(510, 600)).toEqual({ cpuMs: 510, passedMs: 600 });
    expect(new Unasked(500).add(900, 2_000)).toBeUndefined();
    expect(new Unasked(500).add(1_100, 2_000)).toBeDefined();
    const steady = new Unasked(500);
    for (let n = 0; n < 100; n += 1) expect(steady.add(4, 10)).toBeUndefined();
  });
});

describe('the command of a host', () => {
  it('names its two files, denies all else, and stands in a folder of its own', async () => {
    const settings = scriptedSettings('');
    const { args, cwd } = await hostCommand('p', settings.home);
    expect(args).toEqual(expect.arrayContaining(['--permission', '--allow-addons', '--max-old-space-size=64']));
    const [hostFile, addon] = args.slice(-2);
    expect(args.filter((arg) => arg.startsWith('--allow'))).toEqual([
      '--allow-addons',
      `--allow-fs-read=${hostFile}`,
      `--allow-fs-read=${addon}`,
    ]);
    expect(hostFile).toMatch(/sandbox\/host\/host\.js$/);
    expect(addon).toMatch(/\.node$/);
    expect(cwd.startsWith(settings.home)).toBe(true);
  });

  it('has a network namespace where the machine gives one', async () => {
    const { netns, permissionNet, why } = await isolation();
    const { args } = await hostCommand('p', scriptedSettings('').home);
    expect(args.includes('-rn')).toBe(netns);
    expect(typeof why).toBe(netns ? 'undefined' : 'string');
    expect(permissionNet).toBe(process.allowedNodeEnvironmentFlags.has('--allow-net'));
  });
});
