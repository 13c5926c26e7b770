/** A disk that is full, or that cannot be written. */
import { execFileSync } from 'node:child_process';
import { rmSync, statfsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { StoreOperation } from '@vp/sdk';
import { describe, expect, it, type TestContext } from 'vitest';
import { newHome, refusal, smallDisk, startStore } from './support.ts';

/** A small disk; where none can be had the test says so and is skipped. */
function diskOr(context: TestContext, size: string): string {
  return smallDisk(size) ?? context.skip('this machine does not let a test mount a file system of its own (mount -t tmpfs)');
}

function fill(disk: string): string {
  const { bavail, bsize } = statfsSync(disk);
  const filler = join(disk, 'filler');
  writeFileSync(filler, Buffer.alloc(bavail * bsize));
  return filler;
}

const append = (n: number, size = 1_000): StoreOperation => ({
  op: 'append',
  stream: 's',
  type: 't',
  key: `k${n}`,
  data: { n, text: 'x'.repeat(size) },
});

describe('on a full disk', () => {
  it('calls are refused whole, what was stored stays, and later calls work when there is space', async (context) => {
    const disk = diskOr(context, '4m');
    const { store, stop, told } = await startStore(disk);
    const kept: number[] = [];
    for (let n = 0; n < 50; n += 1) {
      await store.transact([append(n)]);
      kept.push(n);
    }
    const filler = fill(disk);
    let refused = 0;
    for (let n = 50; n < 400; n += 1) {
      const error = await store.transact([append(n), { op: 'put', collection: 'c', id: `d${n}`, value: n }]).then(
        () => undefined,
        (thrown: unknown) => thrown as { code: string; hint: string },
      );
      if (error === undefined) kept.push(n);
      else {
        expect(error.code).toBe('VP_STORE_FULL');
        expect(error.hint).toContain('Free some space');
        refused += 1;
      }
    }
    expect(refused).toBeGreaterThan(100);
    const numbers = async (): Promise<number[]> => (await store.events()).map(({ data }) => (data as { n: number }).n);
    expect(await numbers()).toEqual(kept);
    expect((await store.list('c')).map(({ value }) => value).toSorted((a, b) => Number(a) - Number(b))).toEqual(kept.slice(50));
    rmSync(filler);
    await store.transact([append(400)]);
    kept.push(400);
    expect(told.map(({ data }) => (data as { n: number }).n)).toEqual(kept);
    await stop();
    const again = await startStore(disk);
    expect((await again.store.events()).map(({ data }) => (data as { n: number }).n)).toEqual(kept);
    expect((await again.store.info()).putAside).toBeNull();
  });

  it('a call that is too large does not take its neighbours with it', async (context) => {
    const disk = diskOr(context, '4m');
    const { store } = await startStore(disk, { batchKb: 100_000 });
    await store.transact([append(0)]);
    const calls = await Promise.allSettled([
      store.transact([append(1)]),
      store.transact([append(2, 8_000_000)]),
      store.transact([append(3)]),
    ]);
    expect(calls.map((call) => (call.status === 'fulfilled' ? 'stored' : (call.reason as { code: string }).code))).toEqual([
      'stored',
      'VP_STORE_FULL',
      'stored',
    ]);
    expect((await store.events()).map(({ data }) => (data as { n: number }).n)).toEqual([0, 1, 3]);
  });

  it('copies are refused and leave nothing behind', async (context) => {
    const disk = diskOr(context, '1m');
    const { store } = await startStore(newHome());
    await store.transact(Array.from({ length: 2_000 }, (_none, n) => append(n)));
    for (const path of [join(disk, 'copy'), join(disk, 'lines')]) {
      const error = await refusal(() => (path.endsWith('copy') ? store.backup(path) : store.exportTo(path)));
      expect(error.code).toBe('VP_STORE_FULL');
      expect(() => statfsSync(path)).toThrow();
    }
    expect(await store.count('c')).toBe(0);
  });

  it('nothing can be started, and the message says so', async (context) => {
    const disk = diskOr(context, '64k');
    fill(disk);
    expect((await refusal(() => startStore(disk))).code).toBe('VP_STORE_FULL');
  });
});

describe('on a disk that can only be read', () => {
  it('nothing is started, and the message says what to do', async (context) => {
    const disk = diskOr(context, '1m');
    await (await startStore(disk)).stop();
    execFileSync('mount', ['-o', 'remount,ro', disk]);
    const error = await refusal(() => startStore(disk));
    expect(error.code).toBe('VP_STORE_READONLY');
    expect(error.hint).toContain('VP_HOME');
    execFileSync('mount', ['-o', 'remount,rw', disk]);
    await startStore(disk);
  });
});
