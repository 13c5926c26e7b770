/** What agents say and do, as a sandboxed observer hears it: whole and in order, and at nobody's expense but its own. */
import type { OutputBatch } from '@vp/schemas';
import { onOutput, sessionEnd } from '@vp/sdk/testing';
import { describe, expect, it } from 'vitest';
import { eventually, hostProcesses, Sandboxed } from './support.ts';

const HOOKS = ['on-output', 'session-end', 'pre-command'] as const;

/** A batch whose events are numbered from `from` on. */
function batch(from: number, count: number): OutputBatch {
  return onOutput(Array.from({ length: count }, (_none, n) => ({ id: `${from + n}` })));
}

/** Tells of each batch, as `first-last`. */
const OBSERVER = `hooks: {
  'on-output': ({ events }) => heard(events[0].id + '-' + events.at(-1).id),
  'session-end': () => heard('end'),
  'pre-command': () => undefined,
}`;

describe('a sandboxed observer', () => {
  it('hears every batch whole and in order, and the end of the session after them', async () => {
    const here = new Sandboxed();
    await here.start({ plugins: [here.world.firer(...HOOKS), here.file('o', OBSERVER)] });
    const expected: string[] = [];
    for (let n = 0; n < 200; n += 1) {
      const count = 1 + (n % 7);
      here.world.fire('on-output', batch(n * 10, count));
      expected.push(`o ${n * 10}-${n * 10 + count - 1}`);
    }
    here.world.fire('session-end', sessionEnd());
    await eventually(() => expect(here.heard).toHaveLength(201));
    expect(here.heard).toEqual([...expected, 'o end']);
    expect(here.row('o')).toMatchObject({ dropped: { events: 0 }, kills: [] });
  });

  it('that is slow loses the oldest, which are counted; the kernel never waits', async () => {
    const here = new Sandboxed();
    // Its host stands still: nothing of it is read until it goes on.
    await here.start({
      plugins: [here.world.firer(...HOOKS), { use: here.file('o', OBSERVER), limits: { queuedEvents: 100 } }],
    });
    here.world.fire('on-output', batch(0, 1));
    await eventually(() => expect(here.heard).toEqual(['o 0-0']));
    // What it answers now, it answers after that.
    expect(await here.ask()).toEqual([]);
    const [pid = 0] = hostProcesses();
    process.kill(pid, 'SIGSTOP');
    here.world.fire('on-output', batch(1, 1));
    // The first of these is on its way; the others wait.
    await new Promise((resolve) => setImmediate(resolve));
    for (let n = 1; n <= 100; n += 1) here.world.fire('on-output', batch(n * 10, 10));
    // All of that in one turn: every call had come back before the host could have read a byte.
    expect(here.heard).toEqual(['o 0-0']);
    expect(here.row('o').dropped?.events).toBe(900);
    process.kill(pid, 'SIGCONT');
    await eventually(() => expect(here.heard.at(-1)).toBe('o 1000-1009'));
    expect(here.heard).toEqual(['o 0-0', 'o 1-1', ...Array.from({ length: 10 }, (_none, n) => `o ${910 + n * 10}-${919 + n * 10}`)]);
    expect(here.row('o')).toMatchObject({ state: 'active', kills: [] });
  });

  it('that throws is told of what comes next, and its error is in the log', async () => {
    const here = new Sandboxed();
    const body = `hooks: { 'on-output': ({ events }) => { heard(events[0].id); if (events[0].id === '1') throw new Error('not this one'); } }`;
    await here.start({ plugins: [here.world.firer(...HOOKS), here.file('o', body)] });
    for (const n of [0, 1, 2]) here.world.fire('on-output', batch(n, 1));
    await eventually(() => expect(here.heard).toEqual(['o 0', 'o 1', 'o 2']));
    await eventually(() => expect(JSON.stringify(here.lines)).toContain('not this one'));
    expect(here.row('o')).toMatchObject({ state: 'active', kills: [] });
  });
});
