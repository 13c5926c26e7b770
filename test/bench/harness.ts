/** What the benches share: rows, medians, interleaved repetitions, and how a bench hands its rows to `run.ts`. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** One measured thing beside its yardstick. */
export interface Row {
  readonly name: string;
  /** Median, in `unit`. */
  readonly value: number;
  readonly unit: string;
  /** The yardstick's median in the same unit and the same run; null where there is none. */
  readonly yardstick: number | null;
  /** What the yardstick is. */
  readonly beside: string;
  /** `value / yardstick`. */
  readonly ratio: number | null;
  /** In words; null where the row only informs. */
  readonly aim: string | null;
  readonly met: boolean | null;
}

/** What is known of a row before its ratio and its aim are worked out. */
export interface Measured {
  readonly name: string;
  readonly value: number;
  readonly unit: string;
  readonly yardstick?: number;
  readonly beside: string;
  /** The aim in words and what it means for value and ratio. */
  readonly aim?: readonly [words: string, isMet: (value: number, ratio: number) => boolean];
}

/** Works out a row. */
export function row({ name, value, unit, yardstick, beside, aim }: Measured): Row {
  const ratio = yardstick === undefined ? null : value / yardstick;
  const met = aim === undefined ? null : aim[1](value, ratio ?? Number.NaN);
  return { name, value, unit, yardstick: yardstick ?? null, beside, ratio, aim: aim?.[0] ?? null, met };
}

/** The value in the middle. */
export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  const [low = Number.NaN, high = Number.NaN] = [sorted[(sorted.length - 1) >> 1], sorted[middle]];
  return (low + high) / 2;
}

/**
 * Takes each measurement `repetitions` times, in turns and each round in another order, so that a slow moment of the machine hits all
 * of them. Gives all values by name. The first `warmUps` rounds are not counted.
 */
export async function inTurns<N extends string>(
  repetitions: number,
  measures: Readonly<Record<N, () => number | Promise<number>>>,
  warmUps = 1,
): Promise<Record<N, number[]>> {
  const names = Object.keys(measures) as N[];
  const values = Object.fromEntries(names.map((name) => [name, []])) as unknown as Record<N, number[]>;
  for (let round = -warmUps; round < repetitions; round += 1) {
    const shift = ((round % names.length) + names.length) % names.length;
    for (const name of [...names.slice(shift), ...names.slice(0, shift)]) {
      const value = await measures[name]();
      if (round >= 0) values[name].push(value);
    }
    process.stderr.write('.');
  }
  process.stderr.write(' ');
  return values;
}

/** Milliseconds that something takes. */
export async function timed(act: () => unknown): Promise<number> {
  const started = performance.now();
  await act();
  return performance.now() - started;
}

/** Runs something in a temporary folder that is removed afterwards. */
export async function inFolder<T>(act: (folder: string) => Promise<T>): Promise<T> {
  const folder = mkdtempSync(join(tmpdir(), 'vp-bench-'));
  try {
    return await act(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true, maxRetries: 10, retryDelay: 50 });
  }
}

/** Hands the rows to who started this bench. */
export function report(rows: readonly Row[]): void {
  process.stdout.write(`${JSON.stringify(rows)}\n`);
}
