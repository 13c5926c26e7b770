/** What a shell knows at a point of its text: folder, variables, functions, aliases, what it has written. */
import type { Field, Mount, Stream } from '../types.ts';
import type { FunctionNode } from './parse.ts';

/** The values that a variable may have; null where they cannot be told. */
export type Values = readonly Field[] | null;

/** State of one shell process. Forked for what runs apart, joined where it may have gone either way. */
export interface State {
  /** Absolute, as the shell writes it; null where it cannot be told. */
  cwd: string | null;
  /** Where it may be instead, if a step before failed. */
  also: readonly string[];
  vars: Map<string, Values>;
  exported: Set<string>;
  functions: Map<string, { readonly node: FunctionNode; readonly text: string | null }>;
  aliases: Map<string, Field>;
  positional: readonly Field[] | null;
  folders: (string | null)[];
  /** What reads nothing of its own gets this. */
  stdin: Stream;
  /** Set where the commands run on another machine. */
  remote: string | null;
  /** Set where the commands run in a container. */
  mounts: readonly Mount[] | null;
  /** An `exit`, `return` or the like has been passed. */
  ended: boolean;
}

/** A link made by the call. */
export interface Link {
  /** Null where it cannot be told. */
  readonly to: string | null;
  /** It leads to a place of the workspace. */
  readonly inside: boolean;
}

/** What a call has done to files so far; shared by all its processes. */
export interface Traces {
  /** Content by path. */
  readonly written: Map<string, Stream>;
  /** Links by path, with what they lead to. */
  readonly links: Map<string, Link>;
}

/** A copy whose changes stay with it. */
export function fork(state: State): State {
  return {
    ...state,
    vars: new Map(state.vars),
    exported: new Set(state.exported),
    functions: new Map(state.functions),
    aliases: new Map(state.aliases),
    folders: [...state.folders],
  };
}

/** Takes over all of `from`. */
export function become(state: State, from: State): void {
  Object.assign(state, from);
}

const MAX_VALUES = 16;

/** Leaves in `state` what holds whether `state` or `other` came about. */
export function joinStates(state: State, other: State): void {
  if (other.ended) return;
  if (state.ended) return become(state, other);
  joinFolders(state, other);
  for (const name of new Set([...state.vars.keys(), ...other.vars.keys()])) {
    const [one, two] = [state.vars.get(name), other.vars.get(name)];
    if (one !== two) state.vars.set(name, name.endsWith(']') ? null : joinValues(one, two));
  }
  for (const name of other.exported) state.exported.add(name);
  for (const [name, body] of other.functions) if (!state.functions.has(name)) state.functions.set(name, body);
  for (const [name, text] of other.aliases) if (!state.aliases.has(name)) state.aliases.set(name, text);
  if (state.positional !== other.positional) state.positional = null;
}

const MAX_FOLDERS = 4;

function joinFolders(state: State, other: State): void {
  if (state.cwd === null || other.cwd === null) {
    state.cwd = null;
    return;
  }
  const others = new Set([...state.also, other.cwd, ...other.also]);
  others.delete(state.cwd);
  if (others.size > MAX_FOLDERS) state.cwd = null;
  else state.also = [...others];
}

function joinValues(one: Values | undefined, other: Values | undefined): Values {
  if (one === null || other === null) return null;
  if (one === undefined) return other === undefined ? null : withUnset(other);
  if (other === undefined) return withUnset(one);
  const all = [...one];
  for (const value of other) if (!all.some((known) => known.text === value.text && known.glob === value.glob)) all.push(value);
  return all.length > MAX_VALUES ? null : all;
}

function withUnset(values: readonly Field[]): Values {
  // Not set on one of the ways: the value is then what the environment gave, which is as good as empty.
  return values.some((value) => value.text === '') ? values : [...values, { text: '', glob: false, taint: 0 }];
}

/** Whether two states differ in what a loop may change. */
export function differs(one: State, other: State): boolean {
  if (one.cwd !== other.cwd || one.vars.size !== other.vars.size) return true;
  for (const [name, values] of one.vars) if (other.vars.get(name) !== values) return true;
  return false;
}
