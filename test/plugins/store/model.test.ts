/** Random calls against a model of plain maps. */
import fc from 'fast-check';
import type { StoreOperation } from '@vp/sdk';
import { expect, it } from 'vitest';
import { newHome, startStore, reload } from './support.ts';

interface ModelEvent {
  readonly stream: string;
  readonly key: string | null;
  readonly data: unknown;
}

/** What a store holds, as far as can be told from outside. */
class Model {
  documents = new Map<string, { version: number; value: unknown }>();
  events: ModelEvent[] = [];

  /** What a call gives; undefined where it is refused, and then nothing has changed. */
  transact(operations: readonly StoreOperation[]): ('seq' | number | null)[] | undefined {
    const documents = new Map(this.documents);
    const events = [...this.events];
    const results: ('seq' | number | null)[] = [];
    for (const operation of operations) {
      if (operation.op === 'append') {
        const { stream, key = null, data } = operation;
        const isKnown = key !== null && events.some((event) => event.stream === stream && event.key === key);
        if (!isKnown) events.push({ stream, key, data });
        results.push(isKnown ? null : 'seq');
        continue;
      }
      const at = `${operation.collection}/${operation.id}`;
      const version = documents.get(at)?.version ?? 0;
      if (operation.ifVersion !== undefined && operation.ifVersion !== version) return undefined;
      if (operation.op === 'put') documents.set(at, { version: version + 1, value: operation.value });
      else documents.delete(at);
      results.push(operation.op === 'put' ? version + 1 : null);
    }
    [this.documents, this.events] = [documents, events];
    return results;
  }
}

const collection = fc.constantFrom('a', 'b');
const id = fc.constantFrom('1', '2', 'é');
const value = fc.jsonValue({ maxDepth: 3, stringUnit: 'binary' });
const ifVersion = fc.option(fc.integer({ min: 0, max: 3 }), { nil: undefined });
const operation: fc.Arbitrary<StoreOperation> = fc.oneof(
  fc.record({ op: fc.constant('put' as const), collection, id, value, ifVersion }).map(withoutUndefined),
  fc.record({ op: fc.constant('remove' as const), collection, id, ifVersion }).map(withoutUndefined),
  fc
    .record({
      op: fc.constant('append' as const),
      stream: fc.constantFrom('s', 't'),
      type: fc.constant('x'),
      key: fc.option(fc.constantFrom('k', 'l', 'm', 'n', 'o'), { nil: undefined }),
      data: value,
    })
    .map(withoutUndefined),
);
/** Calls of one moment, and then the next; or another generation of the plugin. */
const moments = fc.array(
  fc.oneof({ weight: 9, arbitrary: fc.array(fc.array(operation, { maxLength: 5 }), { maxLength: 8 }) }, fc.constant('reload' as const)),
  {
    maxLength: 8,
  },
);

function withoutUndefined<T extends object>(one: T): T {
  return Object.fromEntries(Object.entries(one).filter(([, part]) => part !== undefined)) as T;
}

/** JSON has no -0. */
const asJson = (one: unknown): unknown => JSON.parse(JSON.stringify(one)) as unknown;

it('random calls, in groups and with conflicts, do what a model of maps does', async () => {
  await fc.assert(
    fc.asyncProperty(moments, async (steps) => {
      const running = await startStore(newHome());
      const { store, told, stop } = running;
      const model = new Model();
      for (const step of steps) {
        if (step === 'reload') {
          await reload(running);
          continue;
        }
        const outcomes = await Promise.allSettled(step.map((operations) => store.transact(operations)));
        for (const [index, outcome] of outcomes.entries()) {
          const expected = model.transact(step[index] ?? []);
          if (outcome.status === 'rejected') {
            expect(outcome.reason).toMatchObject({ code: 'VP_STORE_CONFLICT' });
            expect(expected).toBeUndefined();
            continue;
          }
          expect(outcome.value.map((one, n) => (step[index]?.[n]?.op === 'append' && one !== null ? 'seq' : one))).toEqual(expected);
        }
      }
      const events = await store.events();
      expect(events.map(({ stream, key, data }) => ({ stream, key, data }))).toEqual(asJson(model.events));
      expect(told).toEqual(events);
      for (const name of ['a', 'b']) {
        const mine = [...model.documents].filter(([at]) => at.startsWith(`${name}/`));
        const found = (await store.list(name)).map((one) => [`${name}/${one.id}`, { version: one.version, value: one.value }]);
        expect(Object.fromEntries(found)).toEqual(asJson(Object.fromEntries(mine)));
        expect(await store.count(name)).toBe(mine.length);
      }
      await stop();
    }),
    { numRuns: 60 },
  );
});
