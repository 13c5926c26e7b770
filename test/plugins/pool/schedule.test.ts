import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Priority } from '@vp/sdk';
import { compare, pick, type Candidate, type Scene } from '../../../plugins/pool/schedule.ts';

const weights = { critical: 4, high: 3, medium: 2, low: 1 };
const priorities: readonly Priority[] = ['critical', 'high', 'medium', 'low'];
const plain: Scene = { weights, agingMs: 60_000, running: new Map(), served: new Map() };

const candidate = fc.record({
  priority: fc.constantFrom(...priorities),
  waitedMs: fc.integer({ min: 0, max: 600_000 }),
  orchestrator: fc.constantFrom('a', 'b', 'c'),
  order: fc.integer({ min: 1, max: 1_000 }),
});
const counts = fc.dictionary(fc.constantFrom('a', 'b', 'c'), fc.nat(5)).map((record) => new Map(Object.entries(record)));
const scene = fc.record({
  weights: fc.constant(weights),
  agingMs: fc.integer({ min: 1, max: 100_000 }),
  running: counts,
  served: counts,
  byWeight: fc.boolean(),
});

describe('who is next', () => {
  it('is the same in whatever order they are looked at', () => {
    fc.assert(
      fc.property(fc.uniqueArray(candidate, { selector: ({ order }) => order, minLength: 1 }), scene, (all, at) => {
        expect(pick(all.toReversed(), at)).toBe(pick(all, at));
        expect(all.toSorted((a, b) => compare(a, b, at))[0]).toBe(pick(all, at));
      }),
    );
  });

  it('is never one with a lower whole score than another', () => {
    const score = ({ priority, waitedMs }: Candidate, agingMs: number): number => Math.floor(weights[priority] + waitedMs / agingMs);
    fc.assert(
      fc.property(fc.array(candidate, { minLength: 1 }), scene, (all, at) => {
        const first = pick(all, { ...at, byWeight: false });
        if (first !== undefined) expect(score(first, at.agingMs)).toBe(Math.max(...all.map((one) => score(one, at.agingMs))));
      }),
    );
  });

  it.each([
    ['a higher priority', { priority: 'high' as const }, { priority: 'medium' as const }, {}],
    ['a longer wait of a whole point', { waitedMs: 60_000 }, { waitedMs: 59_999 }, {}],
    ['the orchestrator with fewer sessions', { orchestrator: 'b' }, { orchestrator: 'a' }, { running: new Map([['a', 1]]) }],
    [
      'the orchestrator that was served less recently',
      { orchestrator: 'b' },
      { orchestrator: 'a' },
      {
        served: new Map([
          ['a', 7],
          ['b', 6],
        ]),
      },
    ],
    ['the older one', { order: 1 }, { order: 2 }, {}],
    [
      'the more important one after a limit, however long the other has waited',
      { priority: 'critical' as const },
      { waitedMs: 1e9 },
      { byWeight: true },
    ],
  ])('is %s', (_what, first, second, change) => {
    const base: Candidate = { priority: 'medium', waitedMs: 0, orchestrator: 'a', order: 5 };
    const at: Scene = { ...plain, ...change };
    const [a, b] = [
      { ...base, ...first },
      { ...base, ...second },
    ];
    expect(pick([b, a], at)).toBe(a);
  });

  it('starts a low request within a bound under a flood of critical ones that never ends', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 5 }),
        fc.integer({ min: 1, max: 4 }),
        fc.integer({ min: 0, max: 50 }),
        (slots, perTick, before) => {
          const agingMs = 60_000;
          const tickMs = 10_000;
          // Each tick all slots free, and more critical requests come than slots.
          const queue: (Candidate & { at: number })[] = [];
          let order = 0;
          const add = (priority: Priority, at: number, orchestrator: string): void =>
            void queue.push({ priority, at, orchestrator, order: (order += 1), waitedMs: 0 });
          for (let n = 0; n < before; n += 1) add('critical', 0, 'flood');
          add('low', 0, 'patient');
          // Only critical ones that came within three points of waiting are ever ahead of it, and those of its own whole point.
          const bound = Math.ceil((before + (4 * agingMs * (slots + perTick)) / tickMs + slots + perTick) / slots);
          for (let tick = 0; ; tick += 1) {
            expect(tick).toBeLessThanOrEqual(bound);
            for (let n = 0; n < slots + perTick; n += 1) add('critical', tick * tickMs, 'flood');
            for (let slot = 0; slot < slots; slot += 1) {
              const waiting = queue.map((one) => ({ ...one, waitedMs: tick * tickMs - one.at, one }));
              const next = pick(waiting, { ...plain, agingMs });
              if (next === undefined || next.priority === 'low') return;
              queue.splice(queue.indexOf(next.one), 1);
            }
          }
        },
      ),
      { numRuns: 30 },
    );
  });
});
