/**
 * Appends without end, in batches of different sizes, and prints a line once a call is acknowledged: the number and its `seq`. To be
 * killed. Arguments: the state folder and the first number.
 */
import { writeSync } from 'node:fs';
import { store as ref } from '@vp/sdk';
import { testPlugin } from '@vp/sdk/testing';
import plugin from '../../../plugins/store/index.ts';
import manifest from '../../../plugins/store/plugin.json' with { type: 'json' };

const [home = '', first = '0'] = process.argv.slice(2);
const kit = await testPlugin(plugin, { manifest: manifest as Record<string, unknown>, home });
const store = kit.use(ref);
for (let n = Number(first); ;) {
  const calls = Array.from({ length: 1 + (n % 17) }, async () => {
    const mine = (n += 1);
    const steps = [
      { op: 'append', stream: 's', type: 't', key: `a${mine}`, data: { n: mine, text: 'x'.repeat(mine % 3_000) } },
      { op: 'put', collection: 'c', id: `d${mine}`, value: mine },
      { op: 'append', stream: 's', type: 't', key: `b${mine}`, data: { n: mine } },
    ] as const;
    const [seq] = await store.transact(steps);
    // At once, not when the stream comes to it: what is printed has been acknowledged and nothing more.
    writeSync(1, `${mine} ${seq}\n`);
  });
  await Promise.all(calls);
}
