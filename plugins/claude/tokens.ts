/** Numbers that the readers of lines share. */
import type { Usage } from '@vp/sdk';
import { numberIn, type Json } from './json.ts';

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
