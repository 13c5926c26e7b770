import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** A verdict as the labels name it. */
export type Label = 'allow' | 'ask' | 'deny';

/** A command with its label. */
export interface LabelledCommand {
  readonly id: string;
  /** For bash, as an agent would hand it over; may have several lines. */
  readonly command: string;
  readonly category: string;
  /** What a careful principal engineer would decide. */
  readonly expected: Label;
  /** What would still be right; holds `expected`. */
  readonly acceptable: readonly Label[];
  /** Where it would run. */
  readonly cwd: string;
  /** Why, and from which source. */
  readonly note?: string;
}

/** The ecosystems of `life/`. */
export const ECOSYSTEMS = ['node', 'python', 'rust', 'go', 'jvm'] as const;

/** Reads a corpus by its path below this folder, such as `commands/own`. */
export function readCorpus(name: string): LabelledCommand[] {
  return readFileSync(join(import.meta.dirname, `${name}.jsonl`), 'utf8')
    .trimEnd()
    .split('\n')
    .map((line): LabelledCommand => JSON.parse(line));
}

/** The 300 commands of a day of real work, in all ecosystems. */
export function readLife(): LabelledCommand[] {
  return ECOSYSTEMS.flatMap((name) => readCorpus(`life/${name}`));
}
