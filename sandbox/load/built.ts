/** A bundle as three lines of text: how it is sent and kept. */
import { createHash } from 'node:crypto';
import type { Input } from './cache.ts';
import type { BuiltHead } from './compiler/task.ts';

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
  const head: BuiltHead = { k: 'built', inputs, packages, hash: hashOf(line, map) };
  return [JSON.stringify(head), line, map];
}

/** The bundle in these lines; undefined where they are not whole. @throws SyntaxError where the first two are no JSON */
export function builtOf(head: string, code: string, map: string): Built | undefined {
  const { inputs, packages, hash, k } = JSON.parse(head) as BuiltHead;
  if (k !== 'built' || hash !== hashOf(code, map)) return undefined;
  return { code: JSON.parse(code) as string, map, inputs, packages };
}

function hashOf(code: string, map: string): string {
  return createHash('sha256').update(code).update('\n').update(map).digest('hex');
}
