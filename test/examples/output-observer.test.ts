import { onOutput, sessionEnd, testPlugin } from '@vp/sdk/testing';
import { describe, expect, it } from 'vitest';
import outputObserver from '../../examples/output-observer/output-observer.ts';

describe('output-observer', () => {
  it('counts events by type, goes on from what was stored, and saves when it ends', async () => {
    const plugin = await testPlugin(outputObserver, { kv: { counts: { text: 5 } } });
    plugin.fire('on-output', onOutput([{ type: 'text' }, { type: 'tool-call' }, { type: 'text' }]));
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
    expect(plugin.kv.get('counts')).toEqual({ text: 7, 'tool-call': 1 });
  });
});
