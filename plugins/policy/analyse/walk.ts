/** Goes through shell text in the order in which it would run, with the state that each command would find. */
import { QUIET, type Field, type Stream } from '../types.ts';
import { LIMITS, type Analysis, type Scene } from './analysis.ts';
import { walkCase, walkFor, walkIf, walkTest, walkWhile } from './compound.ts';
import { readable } from './fields.ts';
import { errorOf, parse, type CommandNode, type CompoundList, type PipelineNode, type Script, type Statement } from './parse.ts';
import { expander } from './expander.ts';
import { withRedirects } from './redirects.ts';
import { walkSimple } from './simple.ts';
import { differs, fork, joinStates, type State } from './state.ts';
import { concat, NOTHING, PIPED } from './streams.ts';
import { runArithmetic } from './words.ts';

/** Walks shell text that is a part of the call, such as the argument of `bash -c`. */
export function walkText(analysis: Analysis, scene: Scene, text: Field): Stream {
  if (scene.depth > LIMITS.depth) {
    if (!scene.quiet) analysis.stop('the command is nested too deeply');
    return NOTHING;
  }
  return walkScript(analysis, { ...scene, outer: text.span ?? scene.outer, depth: scene.depth + 1 }, parse(text.text));
}

/** Walks a parsed script. */
export function walkScript(analysis: Analysis, scene: Scene, script: Script): Stream {
  const error = errorOf(script);
  if (error && !scene.quiet) {
    const start = scene.outer?.start ?? error.pos;
    analysis.unknown('unparsed', `bash would not take this text: ${readable(error.message)}`, { start, end: scene.outer?.end ?? start });
  }
  return walkStatements(analysis, scene, script.commands);
}

/** Walks the commands of a block. */
export function walkList(analysis: Analysis, scene: Scene, list: CompoundList | undefined): Stream {
  return list ? walkStatements(analysis, { ...scene, syntax: scene.syntax + 1 }, list.commands) : NOTHING;
}

function walkStatements(analysis: Analysis, scene: Scene, statements: readonly Statement[]): Stream {
  let out = NOTHING;
  for (const statement of statements) {
    if (!analysis.spend(scene)) return out;
    const inner = statement.background ? { ...scene, state: fork(scene.state), beside: true } : scene;
    out = concat(out, walkStep(analysis, inner, statement.command));
  }
  return out;
}

function walkStep(analysis: Analysis, scene: Scene, node: Statement['command']): Stream {
  if (node.type !== 'AndOr') return walkPipeline(analysis, scene, node);
  let out = NOTHING;
  const { cwd } = scene.state;
  for (const [index, part] of node.commands.entries()) {
    const operator = node.operators[index - 1];
    if (operator === undefined) {
      out = walkPipeline(analysis, scene, part);
      continue;
    }
    // What stands behind `||` runs where the step before has failed; what stands behind `&&` may not run.
    const before = operator === '||' ? fork(scene.state) : undefined;
    const result = walkPipeline(analysis, scene, part);
    if (before && (differs(before, scene.state) || before.ended !== scene.state.ended)) {
      const after = fork(scene.state);
      Object.assign(scene.state, before);
      joinStates(scene.state, after);
    }
    out = concat(out, result);
  }
  if (node.operators.includes('&&')) maySkip(scene.state, cwd);
  return out;
}

/** After `cd a && b`: the folder is taken as changed, the one before it as possible. */
function maySkip(state: State, before: string | null): void {
  if (state.cwd !== null && before !== null && state.cwd !== before && state.also.length < 4) state.also = [...state.also, before];
}

function walkPipeline(analysis: Analysis, scene: Scene, node: PipelineNode): Stream {
  if (node.type !== 'Pipeline') return walkCommand(analysis, scene, node, null);
  if (node.commands.length === 1 && node.commands[0]) return walkPipeline(analysis, scene, node.commands[0]);
  let stdin = scene.state.stdin;
  for (const [index, command] of node.commands.entries()) {
    if (!analysis.spend(scene)) return NOTHING;
    const state = fork(scene.state);
    state.stdin = index > 0 && stdin === QUIET ? PIPED : stdin;
    stdin = walkCommand(analysis, { ...scene, state, beside: true }, command, node.commands[index + 1] ?? null);
  }
  return stdin;
}

/** Walks one command. `next` reads what it prints. */
export function walkCommand(analysis: Analysis, scene: Scene, node: CommandNode, next: CommandNode | null): Stream {
  if (!analysis.spend(scene)) return NOTHING;
  const deeper = { ...scene, syntax: scene.syntax + 1 };
  switch (node.type) {
    case 'Command':
      return walkSimple(analysis, scene, node, next);
    case 'Redirected':
      return withRedirects(analysis, deeper, node.redirects, (inner) => walkCommand(analysis, inner, node.command, next));
    case 'Subshell':
      return walkList(analysis, { ...deeper, state: fork(scene.state) }, node.body);
    case 'BraceGroup':
      return walkList(analysis, deeper, node.body);
    case 'If':
      return walkIf(analysis, deeper, node);
    case 'For':
    case 'Select':
      return walkFor(analysis, deeper, node);
    case 'While':
      return walkWhile(analysis, deeper, node.clause, node.body);
    case 'ArithmeticFor':
      for (const part of [node.initialize, node.test, node.update]) runArithmetic(part, expander(analysis, deeper));
      return walkWhile(analysis, deeper, undefined, node.body);
    case 'Case':
      return walkCase(analysis, deeper, node);
    case 'TestCommand':
      walkTest(analysis, deeper, node.expression);
      return NOTHING;
    case 'ArithmeticCommand':
      runArithmetic(node.expression, expander(analysis, deeper));
      return NOTHING;
    case 'Function':
      scene.state.functions.set(node.name.value, { node, text: null });
      return NOTHING;
    case 'Coproc':
      return walkCoproc(analysis, { ...deeper, state: fork(scene.state), beside: true }, node.body);
    default:
      return node satisfies never;
  }
}

function walkCoproc(analysis: Analysis, scene: Scene, body: CommandNode | CompoundList): Stream {
  if (body.type === 'CompoundList') return walkList(analysis, scene, body);
  return walkCommand(analysis, scene, body, null);
}
