/** Numbers that the readers of lines share. */
import type { Usage } from '@vp/sdk';
import { isObject, numberIn, type Json } from './json.ts';

/** Characters of one event's text; the rest stays in the journal. */
export const OUTPUT_LIMIT = 64 * 1024;

/** Tokens as the API counts them. */
export function usageOf(value: Json): Usage {
  return {
    inputTokens: numberIn(value, 'input_tokens') ?? 0,
    outputTokens: numberIn(value, 'output_tokens') ?? 0,
    cacheReadTokens: numberIn(value, 'cache_read_input_tokens') ?? 0,
    cacheCreationTokens: numberIn(value, 'cache_creation_input_tokens') ?? 0,
  };
}

/** No tokens. */
export const NO_USAGE: Usage = Object.freeze({ inputTokens: 0, outputTokens: 0, cacheReadTokens: 0, cacheCreationTokens: 0 });

/** The sum. */
export function add(a: Usage, b: Usage): Usage {
  return combine(a, b, (one, other) => one + other);
}

/** What is left of `a` without `b`, at least nothing. */
export function subtract(a: Usage, b: Usage): Usage {
  return combine(a, b, (one, other) => Math.max(0, one - other));
}

/** Whether any count of `a` is below that of `b`. */
export function less(a: Usage, b: Usage): boolean {
  return (Object.keys(NO_USAGE) as (keyof Usage)[]).some((key) => a[key] < b[key]);
}

/** The sum over all models of a session, sub-agents' included, as the agent keeps it; undefined where it gives none. */
export function modelUsage(models: Json): Usage | undefined {
  const rows = Object.values(models).filter(isObject);
  if (rows.length === 0) return undefined;
  const sum = (key: string): number => rows.reduce((total, row) => total + (numberIn(row, key) ?? 0), 0);
  return {
    inputTokens: sum('inputTokens'),
    outputTokens: sum('outputTokens'),
    cacheReadTokens: sum('cacheReadInputTokens'),
    cacheCreationTokens: sum('cacheCreationInputTokens'),
  };
}

function combine(a: Usage, b: Usage, by: (one: number, other: number) => number): Usage {
  return {
    inputTokens: by(a.inputTokens, b.inputTokens),
    outputTokens: by(a.outputTokens, b.outputTokens),
    cacheReadTokens: by(a.cacheReadTokens, b.cacheReadTokens),
    cacheCreationTokens: by(a.cacheCreationTokens, b.cacheCreationTokens),
  };
}
