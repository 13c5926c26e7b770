import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { place, type Place } from '../../support/vp.ts';

let at: Place;

beforeEach(async () => {
  at = await place();
});
afterEach(() => at.remove());

/** A plugin that writes what becomes of it into a file, and ends only when it may. */
const DIARY = `import { definePlugin } from '@vp/sdk';
import { appendFileSync, existsSync } from 'node:fs';
const note = (text) => appendFileSync('diary', text + '\\n');
export default definePlugin({ name: 'diary', async setup(ctx) {
  note('setup');
  while (existsSync('hold-setup')) await new Promise((r) => setTimeout(r, 20));
  ctx.own('end', async () => { note('ending'); while (existsSync('hold-end')) await new Promise((r) => setTimeout(r, 20)); note('ended'); });
} });`;

const SECOND = `import { definePlugin } from '@vp/sdk';
import { appendFileSync } from 'node:fs';
export default definePlugin({ name: 'second', setup() { appendFileSync('diary', 'second\\n'); } });`;

async function withDiary(): Promise<void> {
  await at.write('diary.ts', DIARY);
  await at.write('second.ts', SECOND);
  await at.config({
    plugins: [
      { use: './diary.ts', trust: 'kernel' },
      { use: './second.ts', trust: 'kernel' },
    ],
    deadlines: { setup: 60_000, dispose: 60_000 },
  });
}

const diary = (): string[] => (existsSync(join(at.desk, 'diary')) ? readFileSync(join(at.desk, 'diary'), 'utf8').trim().split('\n') : []);

async function diaryHas(line: string): Promise<void> {
  while (!diary().includes(line)) await new Promise((resolve) => setTimeout(resolve, 20));
}

describe('a signal to the service', () => {
  it.each(['SIGTERM', 'SIGINT'] as const)('%s ends it once its plugins have ended, with 0', async (signal) => {
    await withDiary();
    const run = await at.service();
    await at.write('hold-end', '');
    run.child.kill(signal);
    await diaryHas('ending');
    await at.until((status) => status.state === 'draining');
    expect(run.child.exitCode).toBeNull();
    rmSync(join(at.desk, 'hold-end'));
    expect(await run.ended).toMatchObject({ code: 0, signal: null });
    expect(diary()).toEqual(['setup', 'second', 'ending', 'ended']);
  });

  it('given twice ends it at once, with 130', async () => {
    await withDiary();
    const run = await at.service();
    await at.write('hold-end', '');
    run.child.kill('SIGINT');
    await diaryHas('ending');
    run.child.kill('SIGINT');
    expect(await run.ended).toMatchObject({ code: 130 });
    expect(diary()).not.toContain('ended');
    expect(await at.vp(['status', '--json'])).toMatchObject({ code: 3 });
  });

  it('SIGTERM during the start ends it: what has started is ended, the rest is not begun', async () => {
    await withDiary();
    await at.write('hold-setup', '');
    const run = at.spawn(['start']);
    await diaryHas('setup');
    run.child.kill('SIGTERM');
    await at.until((status) => status.state === 'draining');
    rmSync(join(at.desk, 'hold-setup'));
    expect(await run.ended).toMatchObject({ code: 0, signal: null, out: '', err: '' });
    expect(diary()).toEqual(['setup', 'ending', 'ended']);
    expect(existsSync(join(at.state, 'kernel.pid'))).toBe(false);
  });

  it('SIGHUP reloads the config and what has changed', async () => {
    await withDiary();
    const run = await at.service();
    await at.write('second.ts', SECOND.replace('second\\n', 'another second\\n'));
    await at.until((status) => status.staged.includes('second'));
    run.child.kill('SIGHUP');
    await diaryHas('another second');
    expect((await at.until((status) => status.staged.length === 0)).plugins).toMatchObject([{ generation: 1 }, { generation: 2 }]);
    expect(run.child.exitCode).toBeNull();
  });

  it('SIGHUP during the start neither ends it nor is lost where somebody waits for the answer', async () => {
    await withDiary();
    await at.write('hold-setup', '');
    const run = at.spawn(['start']);
    await diaryHas('setup');
    const reload = at.spawn(['reload', '--json']);
    while (!readdirSync(at.state).some((name) => name.endsWith('.request'))) await new Promise((resolve) => setTimeout(resolve, 20));
    rmSync(join(at.desk, 'hold-setup'));
    expect(await reload.ended).toMatchObject({ code: 0 });
    await run.says('vp ready');
  });
});

describe('somebody who reads its output and goes away', () => {
  it('does not end the service', async () => {
    await at.config({});
    const run = await at.service();
    run.child.stdout?.destroy();
    run.child.stderr?.destroy();
    await at.config({ plugins: 'wrong' });
    expect((await at.vp(['reload'])).code).toBe(2);
    expect((await at.vp(['status'])).code).toBe(0);
  });
});

describe('systemd', () => {
  it('is told that the service is ready, alive and stopping', async () => {
    const bin = join(at.root, 'bin');
    mkdirSync(bin);
    const told = join(at.root, 'told');
    writeFileSync(join(bin, 'systemd-notify'), `#!/bin/sh\necho "$NOTIFY_SOCKET $@" >> ${told}\n`);
    chmodSync(join(bin, 'systemd-notify'), 0o755);
    const env = { PATH: `${bin}:${at.env['PATH']}`, NOTIFY_SOCKET: '/run/of/systemd', WATCHDOG_USEC: '100000' };
    const run = await at.service({ env });
    const lines = (): string[] => (existsSync(told) ? readFileSync(told, 'utf8').trim().split('\n') : []);
    const prefix = `/run/of/systemd --pid=${run.child.pid}`;
    while (lines().filter((line) => line === `${prefix} WATCHDOG=1`).length < 2) await new Promise((resolve) => setTimeout(resolve, 20));
    expect(lines()).toContain(`${prefix} READY=1`);
    expect(lines()).not.toContain(`${prefix} STOPPING=1`);
    run.child.kill('SIGTERM');
    await run.ended;
    expect(lines()).toContain(`${prefix} STOPPING=1`);
  });

  it('that is not there is no trouble', async () => {
    const run = await at.service({ env: { PATH: '/nowhere', NOTIFY_SOCKET: '/run/of/systemd', WATCHDOG_USEC: '50000' } });
    run.child.kill('SIGTERM');
    expect(await run.ended).toMatchObject({ code: 0 });
  });
});
