/** The service, killed, stopped and reloaded while the real agent works under it. */
import { readFileSync } from 'node:fs';
import { copyFile, mkdir, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { linux } from '../../plugins/claude/platform/linux.ts';
import { repository, startApi, type ScriptedApi } from '../support/api/index.ts';
import { place, SESSION_PLUGINS, type Place } from '../support/vp.ts';

let api: ScriptedApi;
let at: Place;

const bash = (command: string) => ({ name: 'Bash', input: { command, description: 'x' } });
const local = (file: string) => ({ use: file, trust: 'kernel' });
const last = (out: string): Record<string, unknown> => JSON.parse(out.trim().split('\n').at(-1) ?? '') as Record<string, unknown>;

beforeEach(async () => {
  api = await startApi([{ text: 'done' }]);
  at = await place(api.url);
});
afterEach(async () => {
  await at.remove();
  await api.close();
});

async function eventually(fits: () => boolean): Promise<void> {
  while (!fits()) await new Promise((resolve) => setTimeout(resolve, 20));
}

/** Lets calls wait until a file says what becomes of them. */
const SLOW_POLICY = `import { definePlugin, deny } from '@vp/sdk';
import { existsSync, writeFileSync } from 'node:fs';
export default definePlugin({ name: 'slow-policy', hooks: { 'pre-command': async ({ input }) => {
  writeFileSync('asked', String(process.pid));
  while (!existsSync('go')) await new Promise((resolve) => setTimeout(resolve, 20));
  if (String(input.command).includes('forbidden')) return deny({ rule: 'slow/no', reason: 'not here' });
} } });`;

async function slowService(): Promise<Awaited<ReturnType<Place['service']>>> {
  await at.write('slow.ts', SLOW_POLICY);
  await at.config({ plugins: [...SESSION_PLUGINS, local('./slow.ts')], deadlines: { 'pre-command': 60_000 }, required: ['slow-policy'] });
  return at.service();
}

describe('vp run through the service', () => {
  it('is a session of the service, which lives on', async () => {
    await at.config({ plugins: SESSION_PLUGINS });
    const service = await at.service();
    const ran = await at.vp(['run', 'do it', '--cwd', at.project, '--json']);
    expect(ran).toMatchObject({ code: 0, err: '' });
    expect(last(ran.out)).toMatchObject({ type: 'session-ended', state: 'completed', result: 'done' });
    expect(await at.until((status) => status.sessions.completed === 1)).toMatchObject({ pid: service.child.pid, state: 'ready' });
  });

  it('interrupted ends its session, and only that', async () => {
    api.use([{ after: new Promise(() => undefined) }]);
    await at.config({ plugins: SESSION_PLUGINS });
    await at.service();
    const run = at.spawn(['run', 'do it', '--cwd', at.project, '--json']);
    await run.says('"session-spawned"');
    run.child.kill('SIGINT');
    const { code, out } = await run.ended;
    expect(code).toBe(130);
    expect(last(out)).toMatchObject({ state: 'terminated' });
    expect(at.status()?.state).toBe('ready');
  });

  it('is told what to do where the service has no gateway', async () => {
    await at.config({ plugins: SESSION_PLUGINS.slice(0, 2) });
    await at.service();
    const { code, err } = await at.vp(['run', 'x', '--json']);
    expect(code).toBe(2);
    expect(JSON.parse(err)).toMatchObject({ error: { code: 'VP_SOCKET', hint: expect.stringContaining('@vp/gateway') } });
  });
});

describe('a service that is killed while a call waits for its verdict', () => {
  it('leaves the agent waiting; the next one adopts it, answers the call, and the session ends once', async () => {
    api.use([{ tools: [bash('echo ran >> proof; echo allowed')] }, { tools: [bash('echo forbidden >> proof')] }, { text: 'All done.' }]);
    const first = await slowService();
    const run = at.spawn(['run', 'do it', '--cwd', at.project, '--json']);
    await run.says('"session-spawned"');
    const { pid, sessionId } = JSON.parse(
      run
        .out()
        .split('\n')
        .find((line) => line.includes('"session-spawned"')) ?? '',
    ) as { pid: number; sessionId: string };
    await eventually(() => exists('asked'));
    first.child.kill('SIGKILL');
    await first.ended;
    expect(await run.ended).toMatchObject({ code: 3, err: expect.stringContaining('VP_CONNECTION_LOST') });
    expect((await at.vp(['status', '--json'])).out).toBe('{"state":"stopped"}\n');
    expect(linux.look(pid)).toMatchObject({ zombie: false });
    expect(existsIn(at.project, 'proof')).toBe(false);

    await at.write('go', '');
    const second = await at.service();
    const ended = await at.until((status) => status.sessions.completed === 1);
    expect(ended).toMatchObject({ pid: second.child.pid, sessions: { active: 0, completed: 1, failed: 0 } });
    expect(readFileSync(join(at.project, 'proof'), 'utf8')).toBe('ran\n');
    expect(readFileSync(join(at.desk, 'asked'), 'utf8')).toBe(String(second.child.pid));
    expect(api.requests.filter(({ raw }) => raw.includes('All done.'))).toEqual([]);
    expect(linux.members(sessionId, undefined)).toEqual([]);
  });
});

describe('a service that is stopped in mid-session', () => {
  it('leaves the session running; the next one adopts it and sees its end', async () => {
    const answer = Promise.withResolvers<void>();
    api.use([{ tools: [bash('echo one')] }, { text: 'All done.', after: answer.promise }]);
    await at.config({ plugins: SESSION_PLUGINS });
    const first = await at.service();
    const run = at.spawn(['run', 'do it', '--cwd', at.project, '--json']);
    await run.says('"verdict"');
    await eventually(() => api.requests.length === 2);
    expect(await at.vp(['stop'])).toMatchObject({ code: 0, out: expect.stringContaining('running sessions live on') });
    expect(await first.ended).toMatchObject({ code: 0 });
    expect(await run.ended).toMatchObject({ code: 3 });
    await at.service();
    expect((await at.until((status) => status.sessions.active === 1)).sessions).toMatchObject({ completed: 0 });
    answer.resolve();
    await at.until((status) => status.sessions.completed === 1 && status.sessions.active === 0);
  });
});

const policy = (word: string): string => `import { definePlugin, deny } from '@vp/sdk';
export default definePlugin({ name: 'policy', hooks: { 'pre-command': ({ input }) => {
  if (String(input.command).includes('${word}')) return deny({ rule: 'policy/${word}', reason: 'no ${word}' });
} } });`;

describe('a policy', () => {
  it('denies a call for real; edited it is staged, and after vp reload it holds for the session that runs', async () => {
    const edited = Promise.withResolvers<void>();
    const script = [bash('echo first >> proof'), bash('echo second >> proof'), bash('echo first again >> proof')];
    api.use([
      { tools: [script[0] as never] },
      { tools: [script[1] as never], after: edited.promise },
      { tools: [script[2] as never] },
      { text: 'All done.' },
    ]);
    await at.write('policy.ts', policy('first'));
    await at.config({ plugins: [...SESSION_PLUGINS, local('./policy.ts')], required: ['policy'] });
    await at.service();
    const run = at.spawn(['run', 'do it', '--cwd', at.project, '--json']);
    await run.says('"verdict"');
    await eventually(() => api.requests.length === 2);
    await at.write('policy.ts', policy('second'));
    await at.until((status) => status.staged.includes('policy'));
    expect(at.status()?.plugins.find((plugin) => plugin.name === 'policy')).toMatchObject({
      generation: 1,
      pending: expect.stringContaining('vp reload'),
    });
    expect(await at.vp(['reload', 'policy'])).toMatchObject({ code: 0, out: 'swapped  policy\n' });
    edited.resolve();
    const { code, out } = await run.ended;
    expect(code).toBe(0);
    const verdicts = out
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as Record<string, unknown>)
      .filter((line) => line['type'] === 'verdict');
    expect(verdicts).toMatchObject([
      { verdict: 'deny', rule: 'policy/first' },
      { verdict: 'deny', rule: 'policy/second' },
      { verdict: 'allow', rule: null },
    ]);
    expect(readFileSync(join(at.project, 'proof'), 'utf8')).toBe('first again\n');
  });

  it('inside the workspace of the session is not applied by itself in a vp run', async () => {
    const edited = Promise.withResolvers<void>();
    // The agent takes the policy away that stands in its way.
    const take = `sed -i s/sec''ret/nothing/ policy.ts`;
    api.use([{ tools: [bash(take)] }, { tools: [bash('echo secret >> proof')], after: edited.promise }, { text: 'All done.' }]);
    await at.write('policy.ts', policy('secret'));
    await at.config({ plugins: [...SESSION_PLUGINS, local('./policy.ts')] });
    const run = at.spawn(['run', 'do it', '--json']);
    await run.says('"verdict"');
    const staged = await at.until((status) => status.staged.includes('policy'));
    expect(staged.plugins.find((plugin) => plugin.name === 'policy')).toMatchObject({ generation: 1 });
    expect(readFileSync(join(at.desk, 'policy.ts'), 'utf8')).toContain('nothing');
    edited.resolve();
    await run.says('policy/secret');
    const { code } = await run.ended;
    expect(code).toBe(0);
    expect(exists('proof')).toBe(false);
  });

  it('that waits in a vp run is applied by vp reload from another terminal, and the run goes on', async () => {
    const edited = Promise.withResolvers<void>();
    api.use([{ tools: [bash('echo secret')] }, { tools: [bash('echo secret >> proof')], after: edited.promise }, { text: 'All done.' }]);
    await at.write('policy.ts', policy('nothing'));
    await at.config({ plugins: [...SESSION_PLUGINS, local('./policy.ts')] });
    const run = at.spawn(['run', 'do it', '--json']);
    await run.says('"verdict"');
    await at.write('policy.ts', policy('secret'));
    await at.until((status) => status.staged.includes('policy'));
    expect(await at.vp(['reload'])).toMatchObject({ code: 0, out: expect.stringContaining('swapped  policy') });
    edited.resolve();
    await run.says('policy/secret');
    expect(await run.ended).toMatchObject({ code: 0 });
    expect(exists('proof')).toBe(false);
  });
});

describe('the examples', () => {
  it('are loaded by the real kernel from a config, each by itself and all together', async () => {
    const entries = [
      'hello/hello',
      'deny-command/deny-command',
      'output-observer/output-observer',
      'session-budget/session-budget',
      'stateful-reload/turn-counter',
    ];
    const ofTheKernel = ['service-pair/consumer', 'service-pair/provider'];
    // These call somebody, or are installed: test/examples runs them.
    const elsewhere = ['webhook', 'package'];
    const folders = (await readdir(join(repository, 'examples'), { withFileTypes: true })).filter((entry) => entry.isDirectory());
    expect(folders.map((folder) => folder.name).toSorted()).toEqual(
      [...new Set([...entries, ...ofTheKernel, ...elsewhere].map((entry) => entry.split('/')[0] ?? ''))].toSorted(),
    );
    for (const entry of [...entries, ...ofTheKernel, 'service-pair/tally']) {
      await mkdir(join(at.desk, 'examples', entry, '..'), { recursive: true });
      await copyFile(join(repository, 'examples', `${entry}.ts`), join(at.desk, 'examples', `${entry}.ts`));
    }
    const pathOf = (entry: string): string => `./examples/${entry}.ts`;
    const plugins = [...SESSION_PLUGINS, ...entries.map(pathOf), ...ofTheKernel.map((entry) => local(pathOf(entry)))];
    await at.write(
      'vp.config.ts',
      `import { defineConfig } from '@vp/sdk';
      export default defineConfig({ plugins: ${JSON.stringify(plugins)} });`,
    );
    await at.service();
    const rows = at.status()?.plugins ?? [];
    expect(rows.map((row) => row.state)).toEqual(rows.map(() => 'active'));
    expect(rows.map((row) => row.name)).toEqual(
      expect.arrayContaining(['hello', 'deny-command', 'output-observer', 'tool-tally', 'tally', 'turn-counter']),
    );
    api.use([{ tools: [bash('reboot now')] }, { text: 'All done.' }]);
    const { code, out } = await at.vp(['run', 'x', '--cwd', at.project, '--json']);
    expect(code).toBe(0);
    expect(out).toContain('deny-command/reboot');
    const log = readFileSync(join(at.state, 'logs', 'vp.log'), 'utf8');
    for (const words of ['hello, ', 'goodbye, ', 'counted until the end', 'ended after 0 tool calls']) expect(log).toContain(words);
  });
});

function exists(name: string): boolean {
  return existsIn(at.desk, name);
}

function existsIn(folder: string, name: string): boolean {
  try {
    readFileSync(join(folder, name));
    return true;
  } catch {
    return false;
  }
}
