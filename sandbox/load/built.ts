/** A bundle as three lines of text: how it is sent and kept. */
import type { Input } from './cache.ts';
import type { BuiltHead } from './compiler/task.ts';
import { sha256 } from './source.ts';

/** One script, and what it was made of. */
export interface Built {
  readonly code: string;
  readonly map: string;
  readonly inputs: readonly Input[];
  /** The package.json files that say where imports lead. */
  readonly packages: readonly Input[];
}

/** The lines of a bundle, without their ends. The map is JSON of one line already. */
export function linesOfBuilt({ code, map, inputs, packages }: Built): [head: string, code: string, map: string] {
  const line = JSON.stringify(code);
  const head: BuiltHead = { k: 'built', inputs, packages, hash: sha256(`${line}\n${map}`) };
  return [JSON.stringify(head), line, map];
}

/** The bundle in these lines. @throws SyntaxError where the first two are no JSON */
export function builtOf(head: string, code: string, map: string): Built {
  const { inputs, packages } = JSON.parse(head) as BuiltHead;
  return { code: JSON.parse(code) as string, map, inputs, packages };
}
