import { fake, postCommand, testPlugin } from '@vp/sdk/testing';
import { describe, expect, it } from 'vitest';
import consumer from '../../examples/service-pair/consumer.ts';
import provider from '../../examples/service-pair/provider.ts';
import { tally } from '../../examples/service-pair/tally.ts';

describe('service-pair', () => {
  it('counts through the service, and hears its events', async () => {
    const first = await testPlugin(provider);
    const second = await testPlugin(consumer, { beside: first });
    for (let call = 0; call < 10; call += 1) second.fire('post-command', postCommand({ tool: 'Read' }));
    second.fire('post-command', postCommand());
    expect(first.use(tally).sums()).toEqual({ Read: 10, Bash: 1 });
    expect(second.log.map((line) => `${line.plugin}: ${line.message}`)).toEqual(['tool-tally: Read has been used 10 times']);
    for (const plugin of [second, first]) expect(await plugin.stop()).toMatchObject({ open: [], errors: [] });
  });

  it('keeps the consumer working when the provider is swapped under it', async () => {
    const first = await testPlugin(provider);
    const second = await testPlugin(consumer, { beside: first });
    await first.reload(provider);
    for (let call = 0; call < 10; call += 1) second.fire('post-command', postCommand());
    expect(second.log.map((line) => line.message)).toEqual(['Bash has been used 10 times']);
  });

  it('does not start the consumer alone, but with a fake', async () => {
    await expect(testPlugin(consumer)).rejects.toMatchObject({ code: 'VP_GRAPH_MISSING', plugin: 'tool-tally' });
    const added: string[] = [];
    const plugin = await testPlugin(consumer, { services: [fake(tally, { add: (name) => added.push(name) })] });
    plugin.fire('post-command', postCommand({ tool: 'Grep' }));
    expect(added).toEqual(['Grep']);
  });
});
