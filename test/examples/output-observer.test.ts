import { onOutput, sessionEnd, testPlugin } from '@vp/sdk/testing';
import { describe, expect, it } from 'vitest';
import outputObserver from '../../examples/output-observer/output-observer.ts';

describe('output-observer', () => {
  it('counts by session and type, goes on from what was stored, and saves when it ends', async () => {
    const plugin = await testPlugin(outputObserver, { kv: { sessions: { 'session-1': { text: 5 } } } });
    plugin.fire('on-output', onOutput([{ type: 'text' }, { type: 'tool-call' }, { type: 'text' }]));
    plugin.fire('on-output', onOutput([{ type: 'text' }], { session: { id: 'session-2' } }));
    plugin.fire('on-output', onOutput([{ type: 'text' }], { replayed: true }));
    plugin.fire('session-end', sessionEnd());
    expect(plugin.log.at(-1)).toMatchObject({
      message: 'counted until the end of session-1',
      fields: { counts: { text: 7, 'tool-call': 1 } },
    });
    expect(await plugin.stop()).toMatchObject({
      open: [],
      errors: [],
      ended: expect.arrayContaining(['last save', 'interval 1000 ms']) as string[],
    });
    expect(plugin.kv.get('sessions')).toEqual({ 'session-1': { text: 7, 'tool-call': 1 }, 'session-2': { text: 1 } });
  });

  it('forgets the oldest sessions, so that what it stores stays small', async () => {
    const plugin = await testPlugin(outputObserver);
    for (let count = 0; count < 205; count += 1) {
      plugin.fire('on-output', onOutput([{ type: 'text' }], { session: { id: `session-${count}` } }));
    }
    await plugin.stop();
    const kept = Object.keys(plugin.kv.get('sessions') as object);
    expect([kept.length, kept[0], kept.at(-1)]).toEqual([200, 'session-5', 'session-204']);
  });
});
