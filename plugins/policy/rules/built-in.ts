/**
 * The shape of the rules that hold without any charter: `floor-table.ts` and `default-table.ts`, which `README.md` shows too. Which rule
 * an effect meets is decided by the first row that fits, the floor first; an effect that meets none is allowed.
 */
import type { ActionMatch } from '@vp/sdk/phrases';

/** One row. */
export interface BuiltInRule {
  readonly id: string;
  readonly level: 'deny' | 'ask';
  /** What it is about, in words. */
  readonly about: string;
  readonly on: readonly ActionMatch[];
  /** Only targets that are known: what cannot be told has a row of its own. */
  readonly strictly?: true;
  /** What is known to fit one of these is kept out of the row. */
  readonly but?: readonly ActionMatch[];
  readonly reason: string;
  /** What would be allowed. */
  readonly instead: string;
}
