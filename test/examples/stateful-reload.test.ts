import { postCommand, sessionEnd, testPlugin } from '@vp/sdk/testing';
import { describe, expect, it } from 'vitest';
import turnCounter from '../../examples/stateful-reload/turn-counter.ts';

describe('stateful-reload', () => {
  it('goes on counting where the version before it stopped', async () => {
    const plugin = await testPlugin(turnCounter);
    plugin.fire('post-command', postCommand());
    plugin.fire('post-command', postCommand({ session: { id: 'other' } }));
    await plugin.reload({ ...turnCounter, version: '1.0.1' });
    plugin.fire('post-command', postCommand());
    plugin.fire('session-end', sessionEnd());
    expect(plugin.log.map((line) => line.message)).toEqual(['took over from 1.0.0 with 2 sessions', 'session-1 ended after 2 tool calls']);
    expect(await plugin.stop()).toMatchObject({ open: [], errors: [] });
  });

  it('says so as often as its option asks, also across a reload that changes the option', async () => {
    const plugin = await testPlugin(turnCounter, { config: { sayEvery: 2 } });
    for (let call = 0; call < 3; call += 1) plugin.fire('post-command', postCommand());
    await plugin.reload(turnCounter, { sayEvery: 5 });
    for (let call = 0; call < 2; call += 1) plugin.fire('post-command', postCommand());
    expect(plugin.log.map((line) => line.message)).toEqual([
      'session-1 has made 2 tool calls',
      'took over from 1.0.0 with 1 sessions',
      'session-1 has made 5 tool calls',
    ]);
  });

  it('starts afresh from a state of another shape', async () => {
    const older = {
      name: 'turn-counter',
      version: '0.9.0',
      setup: (ctx: { snapshot(take: () => unknown): void }) => ctx.snapshot(() => [1, 2]),
    };
    const plugin = await testPlugin(older);
    await plugin.reload(turnCounter);
    plugin.fire('session-end', sessionEnd());
    expect(plugin.log.at(-1)?.message).toBe('session-1 ended after 0 tool calls');
  });
});
