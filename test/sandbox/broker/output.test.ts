/** The queue between the hook that waits for nobody and a slow plugin. */
import type { OutputBatch } from '@vp/schemas';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { OutputQueue } from '../../../sandbox/broker/output.ts';

let number = 0;

function batch(count: number, text = 'x'): OutputBatch {
  const events = Array.from({ length: count }, () => ({ id: String((number += 1)), at: 1, type: 'text' as const, text }));
  return { session: { id: 's', orchestrator: 'o', cwd: '/w', charterHash: 'h' }, events, replayed: false };
}

function ids(batches: readonly OutputBatch[]): string[] {
  return batches.flatMap(({ events }) => events.map(({ id }) => id));
}

/** A plugin that takes its time: each message waits for `next`. */
function slow(queuedEvents: number) {
  const messages: (readonly OutputBatch[])[] = [];
  const told: unknown[] = [];
  const waiting: PromiseWithResolvers<void>[] = [];
  const queue = new OutputQueue({
    limits: { queuedEvents },
    onDropped: (count) => told.push(count),
    onError: (error) => told.push(error),
    deliver(batches) {
      messages.push(batches as readonly OutputBatch[]);
      const gate = Promise.withResolvers<void>();
      waiting.push(gate);
      return gate.promise;
    },
  });
  const next = async (error?: Error): Promise<void> => {
    const gate = waiting.shift();
    if (error === undefined) gate?.resolve();
    else gate?.reject(error);
    await new Promise((resolve) => setImmediate(resolve));
  };
  return { queue, messages, next, told };
}

describe('batches of output', () => {
  it('that came in one moment go in one message, and the next waits for its answer', async () => {
    const { queue, messages, next } = slow(100);
    const given = [batch(2), batch(1), batch(3)];
    for (const one of given) queue.push(one);
    expect(messages).toEqual([]);
    await next();
    expect(messages).toEqual([given]);
    const more = [batch(1), batch(1)];
    for (const one of more) queue.push(one);
    await next();
    expect(messages).toEqual([given, more]);
  });

  it('go in messages of a limited size; a larger one goes by itself', async () => {
    const { queue, messages, next } = slow(100);
    const given = [batch(1, 'x'.repeat(150_000)), batch(1, 'x'.repeat(150_000)), batch(1, 'x'.repeat(500_000)), batch(1), batch(1)];
    for (const one of given) queue.push(one);
    for (let count = 0; count < 5; count += 1) await next();
    expect(messages.map(({ length }) => length)).toEqual([1, 1, 1, 2]);
    expect(ids(messages.flat())).toEqual(ids(given));
  });

  it('that are too many lose the oldest, which are counted', async () => {
    const { queue, messages, next } = slow(10);
    const first = batch(4);
    queue.push(first);
    await next();
    const given = [batch(4), batch(5), batch(6), batch(0)];
    for (const one of given) queue.push(one);
    expect([queue.waiting, queue.dropped]).toEqual([10, 5]);
    await next();
    expect(ids(messages.flat())).toEqual([...ids([first]), ...ids(given).slice(5)]);
    queue.push(batch(25));
    expect([queue.waiting, queue.dropped]).toEqual([10, 20]);
  });

  it('that could not be delivered are counted, why is told once, and the next are', async () => {
    const { queue, messages, next, told } = slow(10);
    const error = new Error('gone');
    queue.push(batch(3));
    await next();
    for (const count of [2, 1]) {
      queue.push(batch(count));
      await next(error);
    }
    await next();
    expect([messages.length, queue.dropped, told]).toEqual([3, 5, [3, error, 2]]);
  });

  it('and payloads of other hooks, which count as one event each', async () => {
    const { queue, messages, next, told } = slow(2);
    for (const at of [1, 2, 3]) queue.push({ at });
    await next();
    expect([messages, told]).toEqual([[[{ at: 2 }, { at: 3 }]], [1]]);
  });

  it('are not delivered after the end', async () => {
    const { queue, messages, next } = slow(10);
    queue.push(batch(1));
    await next();
    queue.push(batch(1));
    queue.close();
    queue.push(batch(1));
    await next();
    expect([messages.length, queue.waiting]).toEqual([1, 0]);
  });

  it('in whatever sequence arrive in order or are counted', async () => {
    const steps = fc.array(fc.oneof(fc.nat(8), fc.constant('answer' as const)), { maxLength: 60 });
    await fc.assert(
      fc.asyncProperty(steps, async (sequence) => {
        const { queue, messages, next } = slow(20);
        let pushed = 0;
        for (const step of sequence) {
          if (step === 'answer') await next();
          else {
            queue.push(batch(step));
            pushed += step;
          }
          expect(queue.waiting).toBeLessThanOrEqual(20);
        }
        for (let count = 0; count < 62; count += 1) await next();
        const arrived = ids(messages.flat()).map(Number);
        expect(arrived).toEqual(arrived.toSorted((a, b) => a - b));
        expect(arrived.length + queue.dropped).toBe(pushed);
      }),
      { numRuns: 100 },
    );
  });
});
