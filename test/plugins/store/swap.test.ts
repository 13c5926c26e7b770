/** Swaps of the plugin in a real kernel. */
import { cpSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setImmediate as turn } from 'node:timers/promises';
import { store as ref, type StoredEvent } from '@vp/sdk';
import { describe, expect, it } from 'vitest';
import { world } from '../../kernel/support.ts';

const RELOADS = 20;
const source = join(import.meta.dirname, '../../../plugins/store');

describe('reloads of the store while calls run', () => {
  it(`lose none, double none, and tell of each event once, in order (${RELOADS} reloads)`, async () => {
    const here = world();
    cpSync(source, here.path('store'), { recursive: true });
    const index = readFileSync(here.path('store/index.ts'), 'utf8');
    const kernel = await here.start({ plugins: [{ use: './store', trust: 'kernel' }], reload: { watch: false } });
    const store = kernel.use(ref);
    const told: StoredEvent[] = [];
    store.on('appended', (events) => told.push(...events));
    const seqs: number[] = [];
    let isOver = false;
    let sent = 0;
    const caller = async (): Promise<void> => {
      while (!isOver) {
        const n = (sent += 1);
        const [seq] = await store.transact([
          { op: 'append', stream: 's', type: 't', data: n },
          { op: 'put', collection: 'c', id: String(n), value: n, ifVersion: 0 },
        ]);
        seqs.push(Number(seq));
        await turn();
      }
    };
    const callers = Array.from({ length: 20 }, caller);
    for (let n = 1; n <= RELOADS; n += 1) {
      here.write('store/index.ts', `${index}\nObject.assign(globalThis, { vpStoreMark: ${n} });\n`);
      expect(await kernel.reload('@vp/store')).toMatchObject([{ result: 'swapped' }]);
    }
    isOver = true;
    await Promise.all(callers);
    const all: StoredEvent[] = [];
    for (let page = await store.events(); page.length > 0; page = await store.events({ after: page.at(-1)?.seq ?? 0 })) all.push(...page);
    expect(all.map(({ data }) => data).toSorted((a, b) => Number(a) - Number(b))).toEqual(
      Array.from({ length: sent }, (_none, n) => n + 1),
    );
    expect(seqs.toSorted((a, b) => a - b)).toEqual(all.map(({ seq }) => seq));
    expect(told).toEqual(all);
    expect(await store.count('c')).toBe(sent);
    expect(kernel.status().plugins[0]).toMatchObject({ errors: 0, generation: RELOADS + 1 });
  });

  it('finish a backup and an export that run', async () => {
    const here = world();
    cpSync(source, here.path('store'), { recursive: true });
    const index = readFileSync(here.path('store/index.ts'), 'utf8');
    const kernel = await here.start({ plugins: [{ use: './store', trust: 'kernel' }], reload: { watch: false } });
    const store = kernel.use(ref);
    for (let n = 0; n < 20; n += 1)
      await store.transact(
        Array.from({ length: 500 }, (_none, k) => ({ op: 'append', stream: 's', type: 't', data: `${k}${'x'.repeat(500)}` })),
      );
    const copies = Promise.all([store.backup(here.path('copy')), store.exportTo(here.path('lines'))]);
    here.write('store/index.ts', `${index}\nObject.assign(globalThis, { vpStoreMark: 0 });\n`);
    expect(await kernel.reload('@vp/store')).toMatchObject([{ result: 'swapped' }]);
    expect(await copies).toMatchObject([{ bytes: expect.any(Number) }, { events: 10_000 }]);
  });
});
