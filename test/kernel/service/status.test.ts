import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { lock, prepareHome } from '../../../kernel/service/lock.ts';
import { writeStatus, readStatus, type StatusFile } from '../../../kernel/service/status-file.ts';
import { place, type Place } from '../../support/vp.ts';

let at: Place;

beforeEach(async () => {
  at = await place();
});
afterEach(() => at.remove());

const plugin = (name: string, setup = '') => `import { definePlugin } from '@vp/sdk';
export default definePlugin({ name: ${JSON.stringify(name)}, async setup(ctx) { ${setup} } });`;

describe('status.json', () => {
  it('is there while plugins start, when they are ready, and until the end', async () => {
    await at.write(
      'slow.ts',
      plugin(
        'slow',
        `const { existsSync } = await import('node:fs'); while (!existsSync('go')) await new Promise((r) => setTimeout(r, 20));`,
      ),
    );
    await at.config({ plugins: [{ use: './slow.ts', trust: 'kernel' }] });
    const run = at.spawn(['start']);
    const starting = await at.until((status) => status.state === 'starting');
    expect(starting).toMatchObject({ pid: run.child.pid, version: expect.stringMatching(/^\d+\.\d+\.\d+/) });
    expect((await at.vp(['status', '--json'])).code).toBe(3);
    await at.write('go', '');
    const ready = await at.until((status) => status.state === 'ready');
    expect(ready.plugins).toMatchObject([{ name: 'slow', state: 'active', generation: 1 }]);
    expect((statSync(join(at.state, 'status.json')).mode & 0o777).toString(8)).toBe('600');
    run.child.kill('SIGTERM');
    await run.ended;
    expect(JSON.parse(readFileSync(join(at.state, 'status.json'), 'utf8'))).toMatchObject({ state: 'stopped' });
    expect(at.status()).toBeUndefined();
  });

  it('of a kernel that was killed counts as stopped, also when its PID lives again', async () => {
    const run = await at.service();
    run.child.kill('SIGKILL');
    await run.ended;
    expect(JSON.parse(readFileSync(join(at.state, 'status.json'), 'utf8'))).toMatchObject({ state: 'ready' });
    expect(await at.vp(['status', '--json'])).toMatchObject({ code: 3, out: '{"state":"stopped"}\n' });
    const lines = readFileSync(join(at.state, 'kernel.pid'), 'utf8').split('\n');
    writeFileSync(join(at.state, 'kernel.pid'), `${process.pid}\n${lines[1]}\n${lines[2]}\n`);
    expect(await at.vp(['status', '--json'])).toMatchObject({ code: 3, out: '{"state":"stopped"}\n' });
  });

  it('is whole at any moment, however often it is written', async () => {
    prepareHome(at.state);
    const unlock = lock(at.state);
    const status = { state: 'ready', pid: process.pid } as StatusFile;
    writeStatus(at.state, status);
    const code = `
      const { readFileSync } = require('node:fs');
      for (let n = 0; n < 2000; n += 1) JSON.parse(readFileSync(process.argv[1], 'utf8'));
    `;
    const reader = spawn(process.execPath, ['-e', code, join(at.state, 'status.json')], { stdio: 'inherit' });
    const ended = once(reader, 'exit');
    for (let n = 0; reader.exitCode === null; n += 1) {
      writeStatus(at.state, { ...status, config: 'x'.repeat((n % 50) * 1000) });
      await new Promise((resolve) => setImmediate(resolve));
    }
    expect(await ended).toEqual([0, null]);
    expect(readStatus(at.state)).toMatchObject({ state: 'ready' });
    unlock();
  });

  it('is rewritten at each heartbeat, with memory and how late it came', async () => {
    await at.config({ health: { heartbeatMs: 100 } });
    await at.service();
    const first = await at.until(() => true);
    const later = await at.until((status) => status.heartbeatAt > first.heartbeatAt);
    expect(later.memoryBytes).toBeGreaterThan(10e6);
    expect(later.heartbeatLateMs).toBeGreaterThanOrEqual(0);
  });

  it('tells that the event loop was held up', async () => {
    await at.write('hog.ts', plugin('hog', `ctx.setTimeout(() => { const end = Date.now() + 400; while (Date.now() < end); }, 50);`));
    await at.config({ plugins: [{ use: './hog.ts', trust: 'kernel' }], health: { heartbeatMs: 100 } });
    await at.service();
    await at.until((status) => status.heartbeatLateMs > 150);
  });

  it('follows failures of taps and edits of the config', async () => {
    await at.config({ plugins: [], reload: { auto: 'outside-workspaces' } });
    await at.service();
    await at.write('new.ts', plugin('new'));
    await at.config({ plugins: [{ use: './new.ts', trust: 'kernel' }], reload: { auto: 'outside-workspaces' } });
    await at.until((status) => status.plugins.some((one) => one.name === 'new' && one.state === 'active'));
    await at.config({ plugins: 7 });
    const broken = await at.until((status) => status.configError !== null);
    expect(broken).toMatchObject({ configError: expect.stringContaining('/plugins'), plugins: [{ name: 'new', state: 'active' }] });
    await at.config({ plugins: [], reload: { auto: 'outside-workspaces' } });
    await at.until((status) => status.configError === null && status.plugins.length === 0);
  });

  it('leaves nothing beside it', async () => {
    const run = await at.service();
    run.child.kill('SIGTERM');
    await run.ended;
    expect(readdirSync(at.state).toSorted()).toEqual(['logs', 'status.json']);
    expect(existsSync(join(at.state, 'kernel.pid'))).toBe(false);
  });
});
