/**
 * What every engine of the store has to do. A test file of an engine calls `storeBattery` with how a store over it is opened; `open`
 * opens the same data again where it is given the same place.
 */
import { mkdtempSync, readFileSync, realpathSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { repository, type Facade, type Store, type StoredEvent, type StoreEvents, type StoreOperation } from '@vp/sdk';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

/** An engine under test. */
export interface OpenedStore {
  readonly store: Facade<Store, StoreEvents>;
  /** What `appended` has told, in order. */
  readonly told: readonly StoredEvent[];
  stop(): Promise<void>;
}

/** Makes a place for data, opens it, and takes it away again. */
export interface StoreEngine {
  place(): string;
  open(place: string): Promise<OpenedStore>;
}

const append = (stream: string, n: number, key?: string): StoreOperation => ({
  op: 'append',
  stream,
  type: n % 2 === 0 ? 'even' : 'odd',
  at: 1_000 + n,
  data: { n },
  ...(key === undefined ? {} : { key }),
});
const put = (id: string, value: unknown, ifVersion?: number): StoreOperation => ({
  op: 'put',
  collection: 'things',
  id,
  value,
  ...(ifVersion === undefined ? {} : { ifVersion }),
});

/** The battery. */
export function storeBattery(name: string, engine: StoreEngine): void {
  let place: string;
  let opened: OpenedStore;
  let store: OpenedStore['store'];
  let files: string;

  beforeEach(async () => {
    place = engine.place();
    opened = await engine.open(place);
    ({ store } = opened);
    files = realpathSync(mkdtempSync(join(tmpdir(), 'vp-store-files-')));
  });
  afterEach(async () => {
    await opened.stop();
    rmSync(files, { recursive: true, force: true });
  });

  const again = async (): Promise<void> => {
    await opened.stop();
    opened = await engine.open(place);
    ({ store } = opened);
  };
  const whileWriting = async <T>(act: () => Promise<T>): Promise<T> => {
    let isOver = false;
    const writes = (async () => {
      for (let n = 0; !isOver; n += 1) await store.transact([put(`other${n}`, n), append('other', n)]);
    })();
    try {
      return await act();
    } finally {
      isOver = true;
      await writes;
    }
  };
  const codeOf = (act: Promise<unknown>): Promise<unknown> =>
    act.then(
      () => 'nothing was thrown',
      (error: unknown) => (error as { code?: string }).code,
    );

  describe(`documents on ${name}`, () => {
    it('come back as they were put, with their versions counted', async () => {
      const value = { text: 'ä€😀 "x" \\ \n \u0000', list: [1, -0.5, 1e300, true, null], deep: { a: {} } };
      expect(await store.transact([put('a', value)])).toEqual([1]);
      expect(await store.transact([put('a', value), put('a', 'later')])).toEqual([2, 3]);
      expect(await store.get('things', 'a')).toMatchObject({ id: 'a', version: 3, value: 'later' });
      expect((await store.get('things', 'a'))?.updatedAt).toBeGreaterThan(1_600_000_000_000);
      expect(await store.get('things', 'b')).toBeNull();
      expect(await store.get('others', 'a')).toBeNull();
      await store.transact([put('a', value)]);
      await again();
      expect(await store.get('things', 'a')).toMatchObject({ version: 4, value });
    });

    it('are written under a condition, or not at all', async () => {
      expect(await store.transact([put('a', 1, 0)])).toEqual([1]);
      expect(await codeOf(store.transact([put('a', 2, 0)]))).toBe('VP_STORE_CONFLICT');
      expect(await codeOf(store.transact([put('a', 2, 2)]))).toBe('VP_STORE_CONFLICT');
      expect(await codeOf(store.transact([put('b', 2, 1)]))).toBe('VP_STORE_CONFLICT');
      expect(await store.transact([put('a', 2, 1), put('a', 3, 2)])).toEqual([2, 3]);
      expect(await codeOf(store.transact([{ op: 'remove', collection: 'things', id: 'a', ifVersion: 2 }]))).toBe('VP_STORE_CONFLICT');
      expect(await codeOf(store.transact([{ op: 'remove', collection: 'things', id: 'a', ifVersion: 0 }]))).toBe('VP_STORE_CONFLICT');
      expect(await store.transact([{ op: 'remove', collection: 'things', id: 'none', ifVersion: 0 }])).toEqual([null]);
      expect(await store.transact([{ op: 'remove', collection: 'things', id: 'a', ifVersion: 3 }])).toEqual([null]);
      expect(await store.transact([{ op: 'remove', collection: 'things', id: 'a' }])).toEqual([null]);
      expect(await store.get('things', 'a')).toBeNull();
      expect(await store.transact([put('a', 4, 0)])).toEqual([1]);
    });

    it('are listed in the order of their ids, a page at a time, and counted', async () => {
      const ids = ['b', 'a', 'B', 'é', '😀', '\uff5e', '10', '9'];
      await store.transact(ids.map((id) => put(id, { id })));
      const sorted = ids.toSorted((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
      expect((await store.list('things')).map(({ id }) => id)).toEqual(sorted);
      expect((await store.list('things', { limit: 3 })).map(({ id }) => id)).toEqual(sorted.slice(0, 3));
      expect((await store.list('things', { limit: 3, after: sorted[2] ?? '' })).map(({ id }) => id)).toEqual(sorted.slice(3, 6));
      expect(await store.count('things')).toBe(ids.length);
      expect(await store.count('others')).toBe(0);
      await store.transact(Array.from({ length: 2_500 }, (_none, n) => ({ op: 'put', collection: 'many', id: String(n), value: n })));
      expect(await store.list('many')).toHaveLength(1_000);
      const all: number[] = [];
      for await (const { value } of repository(store, 'many', Number).all()) all.push(value);
      expect(all.toSorted((a, b) => a - b)).toEqual(Array.from({ length: 2_500 }, (_none, n) => n));
    });

    it('are found by the values of their fields, each kind of value for itself', async () => {
      const kinds: Record<string, unknown> = { one: 1, text: '1', yes: true, no: false, zero: 0, null: null, quote: 'a"b\\\n€' };
      await store.transact(Object.entries(kinds).map(([id, field]) => put(id, { field, other: 'x' })));
      await store.transact([put('none', { other: 'x' }), put('list', [1]), put('scalar', 1), put('nested', { field: { field: 1 } })]);
      for (const [id, field] of Object.entries(kinds)) {
        const where = { field: field as string, other: 'x' };
        expect((await store.list('things', { where })).map((one) => one.id)).toEqual([id]);
        expect(await store.count('things', where)).toBe(1);
      }
      await store.transact([put('odd', { 'a.b c$[0]é': 'y' })]);
      expect(await store.count('things', { 'a.b c$[0]é': 'y' })).toBe(1);
      expect(await store.count('things', { a: 'y' })).toBe(0);
    });

    it('keep what they were when the caller changes its object afterwards', async () => {
      const value = { n: 1 };
      const done = store.transact([put('a', value)]);
      value.n = 2;
      await done;
      expect((await store.get('things', 'a'))?.value).toEqual({ n: 1 });
    });
  });

  describe(`events on ${name}`, () => {
    it('come back in the order in which they were appended, and are told of once, in that order', async () => {
      const calls = Array.from({ length: 50 }, (_none, n) => store.transact([append('s', n), append('t', n)]));
      const seqs = (await Promise.all(calls)).flat().map(Number);
      expect(seqs).toEqual(seqs.toSorted((a, b) => a - b));
      expect(new Set(seqs).size).toBe(100);
      const all = await store.events();
      expect(all.map(({ seq }) => seq)).toEqual(seqs);
      expect(all[3]).toEqual({ seq: seqs[3], at: 1_001, stream: 't', type: 'odd', key: null, data: { n: 1 } });
      expect(opened.told).toEqual(all);
    });

    it('are told of in order also where a listener appends at once', async () => {
      let left = 20;
      store.on('appended', () => {
        if ((left -= 1) > 0) void store.transact([append('s', left)]);
      });
      const behind: number[] = [];
      store.on('appended', (events) => behind.push(...events.map(({ seq }) => seq)));
      await store.transact([append('s', 20)]);
      for (let n = 0; n < 30; n += 1) await new Promise((resolve) => setImmediate(resolve));
      await store.transact([]);
      for (const told of [opened.told.map(({ seq }) => seq), behind]) {
        expect(told).toHaveLength(20);
        expect(told).toEqual(told.toSorted((a, b) => a - b));
      }
    });

    it('with a key are kept once in their stream', async () => {
      const [first] = await store.transact([append('s', 1, 'k')]);
      expect(first).toBeGreaterThan(0);
      expect(await store.transact([append('s', 2, 'k'), append('t', 3, 'k')])).toEqual([null, expect.any(Number)]);
      expect((await store.events()).map(({ data }) => data)).toEqual([{ n: 1 }, { n: 3 }]);
      expect(opened.told.map(({ key }) => key)).toEqual(['k', 'k']);
    });

    it('are chosen by place, stream, type and time, from either end', async () => {
      const seqs = (await store.transact(Array.from({ length: 10 }, (_none, n) => append(n < 5 ? 's' : 't', n)))).map(Number);
      const found = async (query: Parameters<Store['events']>[0]): Promise<unknown[]> =>
        (await store.events(query)).map(({ data }) => (data as { n: number }).n);
      expect(await found({ after: seqs[6] ?? 0 })).toEqual([7, 8, 9]);
      expect(await found({ stream: 's' })).toEqual([0, 1, 2, 3, 4]);
      expect(await found({ stream: 's', types: ['even'] })).toEqual([0, 2, 4]);
      expect(await found({ types: ['even', 'odd'], since: 1_007 })).toEqual([7, 8, 9]);
      expect(await found({ types: [] })).toEqual([]);
      expect(await found({ newestFirst: true, limit: 3 })).toEqual([9, 8, 7]);
      expect(await found({ newestFirst: true, after: seqs[7] ?? 0 })).toEqual([9, 8]);
      expect(await found({ limit: 2, after: seqs[1] ?? 0 })).toEqual([2, 3]);
    });

    it('never get a number twice, also after a restart', async () => {
      const [before] = await store.transact([append('s', 1)]);
      await again();
      const [after] = await store.transact([append('s', 2)]);
      expect(Number(after)).toBeGreaterThan(Number(before));
    });
  });

  describe(`calls on ${name}`, () => {
    it('do all of their steps or none, and fail none of their neighbours', async () => {
      await store.transact([put('a', 0)]);
      const calls = await Promise.allSettled([
        store.transact([put('b', 1), append('s', 1)]),
        store.transact([put('c', 1), append('s', 2), put('a', 1, 7), append('s', 3)]),
        store.transact([append('s', 4), put('a', 1, 1)]),
        store.transact([put('a', 2, 1)]),
        store.transact([{ op: 'remove', collection: 'things', id: 'b' }, append('s', 5)]),
      ]);
      expect(calls.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled', 'rejected', 'fulfilled']);
      expect((await store.list('things')).map(({ id, value }) => [id, value])).toEqual([['a', 1]]);
      expect((await store.events()).map(({ data }) => (data as { n: number }).n)).toEqual([1, 4, 5]);
      expect(opened.told.map(({ data }) => (data as { n: number }).n)).toEqual([1, 4, 5]);
    });

    it('see what those before them in the same moment have done', async () => {
      const calls = Array.from({ length: 20 }, (_none, n) => store.transact([put('a', n, n)]));
      expect((await Promise.all(calls)).flat()).toEqual(Array.from({ length: 20 }, (_none, n) => n + 1));
    });

    it('with nothing to do resolve', async () => {
      expect(await store.transact([])).toEqual([]);
    });

    it('that give what is no JSON are refused whole, with the place', async () => {
      const self: Record<string, unknown> = {};
      self['self'] = self;
      let deep: unknown = 1;
      for (let n = 0; n < 200; n += 1) deep = [deep];
      const values = [
        undefined,
        Number.NaN,
        { a: [Infinity] },
        () => 1,
        { a: Symbol('x') },
        1n,
        [undefined],
        new Date(),
        new Map(),
        self,
        deep,
      ];
      for (const value of values) expect(await codeOf(store.transact([put('ok', 1), put('a', value)]))).toBe('VP_STORE_VALUE');
      await expect(store.transact([put('a', { list: [{ x: Number.NaN }] })])).rejects.toThrow('"/list/0/x"');
      expect(await store.count('things')).toBe(0);
      await store.transact([put('a', { kept: 1, left: undefined })]);
      expect((await store.get('things', 'a'))?.value).toEqual({ kept: 1 });
    });

    it('with bad names, conditions or queries are refused', async () => {
      for (const id of ['', 'x'.repeat(513), 'a\u0000b', '\ud800'] as const) {
        expect(await codeOf(store.transact([put(id, 1)]))).toBe('VP_STORE_VALUE');
        expect(await codeOf(store.transact([append(id, 1)]))).toBe('VP_STORE_VALUE');
        expect(await codeOf(store.get('things', id))).toBe('VP_STORE_VALUE');
      }
      for (const ifVersion of [-1, 0.5, Number.NaN]) expect(await codeOf(store.transact([put('a', 1, ifVersion)]))).toBe('VP_STORE_VALUE');
      for (const limit of [0, 1_001, 1.5]) {
        expect(await codeOf(store.list('things', { limit }))).toBe('VP_STORE_VALUE');
        expect(await codeOf(store.events({ limit }))).toBe('VP_STORE_VALUE');
      }
      expect(await codeOf(store.list('things', { where: { 'a"b': 1 } }))).toBe('VP_STORE_VALUE');
      expect(await codeOf(store.count('things', { a: {} as never }))).toBe('VP_STORE_VALUE');
      expect(await codeOf(store.transact([{ op: 'drop' } as never]))).toBe('VP_STORE_VALUE');
      expect(await codeOf(store.transact([{ op: 'append', stream: 's', type: 't', at: 0.5, data: 1 }]))).toBe('VP_STORE_VALUE');
    });
  });

  describe(`copies on ${name}`, () => {
    it('are refused where the path is relative, taken, or in no folder', async () => {
      const taken = join(files, 'taken');
      writeFileSync(taken, 'mine');
      for (const path of ['relative.db', taken, join(files, 'none', 'x')]) {
        expect(await codeOf(store.backup(path))).toBe('VP_STORE_TARGET');
        expect(await codeOf(store.exportTo(path))).toBe('VP_STORE_TARGET');
      }
      expect(readFileSync(taken, 'utf8')).toBe('mine');
    });

    it('as JSON hold every document and event of one moment, while others write', async () => {
      await store.transact(Array.from({ length: 250 }, (_none, n) => put(`d${n}`, { n })));
      await store.transact(Array.from({ length: 250 }, (_none, n) => append('s', n, `k${n}`)));
      const path = join(files, 'all.jsonl');
      const { documents, events } = await whileWriting(() => store.exportTo(path));
      // Each of the other calls makes one document and one event.
      expect(documents).toBe(events);
      const lines = readFileSync(path, 'utf8')
        .trimEnd()
        .split('\n')
        .map((line) => JSON.parse(line) as Record<string, unknown>);
      expect(lines).toHaveLength(documents + events);
      expect(lines.filter(({ id }) => String(id).startsWith('d'))).toHaveLength(250);
      expect(lines.find(({ id }) => id === 'd7')).toEqual({
        kind: 'document',
        collection: 'things',
        id: 'd7',
        version: 1,
        updatedAt: expect.any(Number),
        value: { n: 7 },
      });
      expect(lines[documents + 249]).toMatchObject({ kind: 'event', stream: 's', type: 'odd', key: 'k249', at: 1_249, data: { n: 249 } });
      expect(statSync(path).mode & 0o777).toBe(0o600);
    });

    it('in the engine’s own form are made while others write, and are whole', async () => {
      await store.transact(Array.from({ length: 200 }, (_none, n) => append('s', n)));
      const path = join(files, 'copy');
      const { bytes } = await whileWriting(() => store.backup(path));
      expect(bytes).toBe(statSync(path).size);
      expect(statSync(path).mode & 0o777).toBe(0o600);
    });

    it('and what there is can be asked for', async () => {
      await store.transact([put('a', 1), append('s', 1), append('s', 2)]);
      expect(await store.info()).toMatchObject({ documents: 1, events: 2, schemaVersion: expect.any(Number), putAside: null });
    });
  });
}
