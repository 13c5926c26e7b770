/** Which rules may fit a call at all, found without trying each: a charter has many, a call meets few. */
import type { ActionMatch } from '@vp/sdk/phrases';
import type { Action } from './action.ts';
import { baseName, patternOf } from './command-pattern.ts';
import { globFits } from './glob.ts';

/** Something that fits by predicates. With `always` it is tried on every call. */
export interface Candidate {
  readonly covers: readonly ActionMatch[];
  readonly always?: boolean;
}

/** Whether a predicate over effects can fit an operation, whatever its target and place. */
export function mayFitOp({ kinds, ops }: ActionMatch, op: string): boolean {
  if (ops) return ops.some((glob) => globFits(glob, op));
  return kinds?.some((kind) => op.startsWith(kind) && op[kind.length] === '.') ?? false;
}

export class Candidates<R extends Candidate> {
  readonly #rules: readonly R[];
  readonly #always: number[] = [];
  readonly #ofUnknown: number[] = [];
  readonly #ofTool: number[] = [];
  /** By the program's name. */
  readonly #ofProgram = new Map<string, number[]>();
  readonly #ofPrograms: number[] = [];
  /** Filled as operations are met; there are few of them. */
  readonly #ofOp = new Map<string, readonly number[]>();

  constructor(rules: readonly R[]) {
    this.#rules = rules;
    for (const [index, { covers, always = false }] of rules.entries()) {
      if (always) this.#always.push(index);
      if (covers.some(({ unknown }) => unknown)) this.#ofUnknown.push(index);
      if (covers.some(({ tool }) => tool !== undefined)) this.#ofTool.push(index);
      for (const { command } of covers) if (command !== undefined) this.#addProgram(patternOf(command).name, index);
    }
  }

  /** The rules that may fit, in their order. */
  of({ call, facts }: Action): R[] {
    const found = new Set([...this.#always, ...this.#ofPrograms]);
    const add = (indices: readonly number[] = []): void => indices.forEach((index) => found.add(index));
    if (facts.unknowns.length > 0) add(this.#ofUnknown);
    if (call.tool !== 'Bash') add(this.#ofTool);
    for (const { op } of facts.effects) add(this.#byOp(op));
    for (const { name, via } of facts.commands) {
      if (name !== null) add(this.#ofProgram.get(name));
      for (const step of via) add(this.#ofProgram.get(baseName(step)));
    }
    return this.#rules.filter((_rule, index) => found.has(index));
  }

  #addProgram(name: string, index: number): void {
    if (name.includes('*')) this.#ofPrograms.push(index);
    else this.#ofProgram.set(name, [...(this.#ofProgram.get(name) ?? []), index]);
  }

  #byOp(op: string): readonly number[] {
    const known = this.#ofOp.get(op);
    if (known) return known;
    const found = [...this.#rules.entries()]
      .filter(([, { covers }]) => covers.some((match) => mayFitOp(match, op)))
      .map(([index]) => index);
    this.#ofOp.set(op, found);
    return found;
  }
}
