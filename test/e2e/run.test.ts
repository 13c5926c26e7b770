/** `vp run` with the real agent: the kernel inside the command. */
import { readFileSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { linux } from '../../plugins/claude/platform/linux.ts';
import { startApi, type ScriptedApi } from '../support/api/index.ts';
import { place, SESSION_PLUGINS, type Place } from '../support/vp.ts';

let api: ScriptedApi;
let at: Place;

const bash = (command: string) => ({ name: 'Bash', input: { command, description: 'x' } });
const json = (text: string): never => JSON.parse(text) as never;

beforeEach(async () => {
  api = await startApi([{ text: 'I look.', tools: [bash('echo one')] }, { text: 'All done.' }]);
  at = await place(api.url);
  await at.config({ plugins: SESSION_PLUGINS });
});
afterEach(async () => {
  await at.remove();
  await api.close();
});

interface Line {
  readonly type: string;
  readonly sessionId: string;
  readonly state?: string;
  readonly pid?: number;
}

const lines = (out: string): Line[] => out.trim().split('\n').map(json);

/** Waits until something is so. */
async function eventually(fits: () => boolean): Promise<void> {
  while (!fits()) await new Promise((resolve) => setTimeout(resolve, 20));
}

describe('vp run', () => {
  it('shows a session to people and ends with 0; nothing runs on', async () => {
    const { code, out, err } = await at.vp(['run', 'do it', '--cwd', at.project]);
    expect({ code, err }).toEqual({ code: 0, err: '' });
    expect(out).toMatch(/I look\.[\s\S]*✓ Bash {2}echo one[\s\S]*│ one[\s\S]*All done\.[\s\S]*✔ completed/);
    expect(out).not.toContain('\x1b');
    expect((await at.vp(['status'])).code).toBe(3);
  });

  it('prints a line of JSON an event and nothing else, and ends with 0', async () => {
    const { code, out, err } = await at.vp(['run', 'do it', '--cwd', at.project, '--json']);
    const events = lines(out);
    expect({ code, err }).toEqual({ code: 0, err: '' });
    expect(events.map((event) => event.type)).toEqual(
      expect.arrayContaining(['request-queued', 'session-spawned', 'session-output', 'verdict', 'session-state']),
    );
    expect(events.at(-1)).toMatchObject({
      type: 'session-ended',
      state: 'completed',
      result: 'All done.',
      usage: { inputTokens: 200, outputTokens: 40 },
      costUsd: expect.any(Number),
    });
    const { sessionId } = events[0] as Line;
    expect(linux.members(sessionId, undefined)).toEqual([]);
  });

  it('ends with 1 where the session fails, and says why', async () => {
    api.use([{ status: 400, errorType: 'invalid_request_error' }]);
    const { code, out } = await at.vp(['run', 'do it', '--cwd', at.project, '--json']);
    expect(code).toBe(1);
    expect(lines(out).at(-1)).toMatchObject({ type: 'session-ended', state: 'failed' });
  });

  it('ends with 4 where a policy refuses the session, by name', async () => {
    await at.write(
      'closed.ts',
      `import { definePlugin, deny } from '@vp/sdk';
      export default definePlugin({ name: 'closed', hooks: { 'pre-spawn': { guard: true, handler: () => deny('not today') } } });`,
    );
    await at.config({ plugins: [...SESSION_PLUGINS, { use: './closed.ts', trust: 'kernel' }] });
    const { code, out, err } = await at.vp(['run', 'do it', '--cwd', at.project, '--json']);
    expect(code).toBe(4);
    expect(lines(out)).toMatchObject([
      { type: 'request-queued' },
      { type: 'session-ended', state: 'failed', error: { code: 'VP_SPAWN_REFUSED' } },
    ]);
    expect(json(err)).toMatchObject({ error: { code: 'VP_SPAWN_REFUSED', message: expect.stringContaining('closed') } });
    expect(api.requests).toEqual([]);
  });

  it('ends with 124 at its timeout, and no process is left', async () => {
    api.use([{ after: new Promise(() => undefined) }]);
    const { code, out } = await at.vp(['run', 'do it', '--cwd', at.project, '--timeout', '2', '--json']);
    expect(code).toBe(124);
    const last = lines(out).at(-1);
    expect(last).toMatchObject({ type: 'session-ended', state: 'timeout' });
    expect(linux.members(last?.sessionId ?? '', undefined)).toEqual([]);
  });

  it('interrupted ends the session and then itself with 130; no process is left', async () => {
    api.use([{ after: new Promise(() => undefined) }]);
    const run = at.spawn(['run', 'do it', '--cwd', at.project, '--json']);
    await run.says('"session-spawned"');
    await eventually(() => api.requests.length > 0);
    run.child.kill('SIGINT');
    const { code, out } = await run.ended;
    expect(code).toBe(130);
    const events = lines(out);
    expect(events.at(-1)).toMatchObject({ type: 'session-ended', state: 'terminated' });
    const agent = events.find((event) => event.type === 'session-spawned')?.pid ?? 0;
    expect(linux.look(agent)?.zombie ?? true).toBe(true);
    expect(linux.members(events[0]?.sessionId ?? '', undefined)).toEqual([]);
    expect((await at.vp(['status'])).code).toBe(3);
  });

  it('whose output nobody reads any more ends its session, and no process is left', async () => {
    api.use([{ text: 'I look.', tools: [bash('echo one')] }, { after: new Promise(() => undefined) }]);
    const run = at.spawn(['run', 'do it', '--cwd', at.project, '--json']);
    await run.says('"session-spawned"');
    run.child.stdout?.destroy();
    expect((await run.ended).code).toBe(130);
    const spawned = lines(run.out()).find((event) => event.type === 'session-spawned');
    expect(linux.members(spawned?.sessionId ?? '', undefined)).toEqual([]);
    expect(linux.look(spawned?.pid ?? 0)?.zombie ?? true).toBe(true);
    expect((await at.vp(['status'])).code).toBe(3);
  });

  it('joined by a second one is the kernel of both, and stays until both sessions have ended', async () => {
    const second = Promise.withResolvers<void>();
    api.use(({ raw }) => {
      if (raw.includes('the second task')) return { text: 'Second done.', after: second.promise };
      return { text: 'First done.' };
    });
    await at.config({ plugins: SESSION_PLUGINS });
    const held = at.spawn(['run', 'the second task', '--cwd', at.project, '--json']);
    await held.says('"session-spawned"');
    const other = await at.vp(['run', 'the first task', '--cwd', at.project, '--json']);
    expect(other.code).toBe(0);
    expect(lines(other.out).at(-1)).toMatchObject({ state: 'completed', result: 'First done.' });
    const joining = at.spawn(['run', 'the second task', '--cwd', at.project, '--json']);
    await joining.says('"session-spawned"');
    await at.until((status) => status.sessions.active === 2);
    held.child.kill('SIGINT');
    await held.says('"session-ended"');
    await at.until((status) => status.sessions.active === 1);
    expect(held.child.exitCode).toBeNull();
    second.resolve();
    expect(await joining.ended).toMatchObject({ code: 0 });
    expect(await held.ended).toMatchObject({ code: 130 });
    expect(readFileSync(`${at.state}/status.json`, 'utf8')).toContain('"stopped"');
  });

  it('started twice at the same time is one kernel with two sessions', async () => {
    api.use(() => ({ text: 'Done.' }));
    const both = await Promise.all(['a', 'b'].map((prompt) => at.vp(['run', prompt, '--cwd', at.project, '--json'])));
    expect(both.map((one) => [one.code, one.err])).toEqual([
      [0, ''],
      [0, ''],
    ]);
  });
});
