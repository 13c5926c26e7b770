/** Loops and conditionals: every way is walked, the states that they leave are joined. */
import type { Field, Stream } from '../types.ts';
import type { Analysis, Scene } from './analysis.ts';
import { expander } from './expander.ts';
import { unknownField } from './fields.ts';
import type { CommandNode, CompoundList, TestExpression } from './parse.ts';
import { become, differs, fork, joinStates, type State } from './state.ts';
import { concat, NOTHING, opaque } from './streams.ts';
import { expandOne, expandWord } from './words.ts';

type If = Extract<CommandNode, { type: 'If' }>;
type For = Extract<CommandNode, { type: 'For' | 'Select' }>;
type Case = Extract<CommandNode, { type: 'Case' }>;

const MAX_ROUNDS = 16;

/** `if`: the branches from the same start. */
export function walkIf(analysis: Analysis, scene: Scene, node: If): Stream {
  let out = analysis.engine.list(analysis, scene, node.clause);
  const clauses = [node.then, ...node.elif.map((elif) => elif.then), node.else];
  for (const elif of node.elif) out = concat(out, analysis.engine.list(analysis, scene, elif.clause));
  return ways(analysis, scene, clauses, out);
}

/** `case`: each item may be the one. */
export function walkCase(analysis: Analysis, scene: Scene, node: Case): Stream {
  const x = expander(analysis, scene);
  expandOne(node.word, x);
  for (const item of node.items) for (const word of item.pattern) expandOne(word, x);
  return ways(analysis, scene, [...node.items.map((item) => item.body), undefined], NOTHING);
}

function ways(analysis: Analysis, scene: Scene, lists: readonly (CompoundList | undefined)[], before: Stream): Stream {
  const ends: State[] = [];
  let out = before;
  for (const list of lists) {
    const state = fork(scene.state);
    const result = analysis.engine.list(analysis, { ...scene, state }, list);
    out = alternatives(out, result);
    ends.push(state);
  }
  settle(scene.state, ends);
  return out;
}

/** Either text: known only where the others print nothing. */
function alternatives(one: Stream, other: Stream): Stream {
  if (one.text === '' && one.taint === 0) return other;
  if (other.text === '' && other.taint === 0) return one;
  if (one.paths && other.paths) return concat(one, other);
  return opaque(one.taint | other.taint);
}

function settle(state: State, ends: readonly State[]): void {
  const alive = ends.filter((end) => !end.ended);
  const [first, ...rest] = alive.length > 0 ? alive : ends;
  if (!first) return;
  for (const other of rest) joinStates(first, other);
  become(state, first);
}

/** `for` and `select`: a round for each known item. */
export function walkFor(analysis: Analysis, scene: Scene, node: For): Stream {
  const name = node.name.value;
  const items = itemsOf(analysis, scene, node);
  let out = NOTHING;
  if (items.length > MAX_ROUNDS) {
    scene.state.vars.set(name, blur(items));
    return loop(analysis, scene, undefined, node.body);
  }
  for (const item of items) {
    if (!analysis.call()) return out;
    scene.state.vars.set(name, [item]);
    out = concat(out, item.text.length > 0 ? analysis.engine.list(analysis, scene, node.body) : NOTHING);
    scene.state.ended = false;
  }
  return out;
}

/** Many items: what they have in common. */
function blur(items: readonly Field[]): readonly Field[] | null {
  const folders = new Set(items.map((item) => item.text.slice(0, item.text.lastIndexOf('/') + 1)));
  if (folders.size > MAX_ROUNDS || items.some((item) => item.text.includes('..') || item.text.startsWith('-'))) return null;
  return [...folders].map((folder) => ({ text: `${folder}\uE000`, glob: false, taint: 0 }));
}

function itemsOf(analysis: Analysis, scene: Scene, node: For): readonly Field[] {
  if (!node.wordlist) return scene.state.positional ?? [unknownField()];
  const x = expander(analysis, scene);
  return node.wordlist.flatMap((word) => expandWord(word, x).flat());
}

/** `while` and `until`. */
export function walkWhile(analysis: Analysis, scene: Scene, clause: CompoundList | undefined, body: CompoundList): Stream {
  return loop(analysis, scene, clause, body);
}

function loop(analysis: Analysis, scene: Scene, clause: CompoundList | undefined, body: CompoundList): Stream {
  let out = NOTHING;
  for (let round = 0; round < 2 && analysis.call(); round += 1) {
    const before = fork(scene.state);
    out = concat(out, analysis.engine.list(analysis, scene, clause));
    out = concat(out, analysis.engine.list(analysis, scene, body));
    scene.state.ended = false;
    const changed = differs(before, scene.state);
    joinStates(scene.state, before);
    if (!changed) return opaque(out.taint);
    if (round === 0) forget(scene.state, before);
  }
  return opaque(out.taint);
}

/** What a round has changed may be anything in the next ones. */
function forget(state: State, before: State): void {
  if (state.cwd !== before.cwd || state.also.length > before.also.length) state.cwd = null;
  for (const [name, values] of state.vars) if (before.vars.get(name) !== values) state.vars.set(name, accumulate(values));
}

function accumulate(values: readonly Field[] | null): readonly Field[] | null {
  // Numbers that are counted up stay short.
  return values?.every((value) => /^[\w\uE000]*$/.test(value.text)) ? [{ text: '\uE000', glob: false, taint: 0 }] : null;
}

/** `[[ … ]]`: its words are expanded, which may run commands. */
export function walkTest(analysis: Analysis, scene: Scene, test: TestExpression): void {
  const x = expander(analysis, scene);
  switch (test.type) {
    case 'TestUnary':
      expandOne(test.operand, x);
      return;
    case 'TestBinary':
      expandOne(test.left, x);
      expandOne(test.right, x);
      return;
    case 'TestLogical':
      for (const operand of test.operands) walkTest(analysis, scene, operand);
      return;
    case 'TestNot':
      return walkTest(analysis, scene, test.operand);
    case 'TestGroup':
      return walkTest(analysis, scene, test.expression);
    default:
      return test satisfies never;
  }
}
