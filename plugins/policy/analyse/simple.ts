/** One simple command as it stands in the text: its words expanded, its variables set, its streams connected, then run. */
import { BYPASS_VARIABLE, HARMLESS_VARIABLE, HOOK_VARIABLES } from '../tables/guards.ts';
import { FROM_NET, type Field, type Stream } from '../types.ts';
import { spanOf, type Analysis, type Call, type Scene } from './analysis.ts';
import { expander } from './expander.ts';
import { field, isKnown, unknownField } from './fields.ts';
import { Frame } from './frame.ts';
import type { Assignment, Command, CommandNode } from './parse.ts';
import { pour, redirect } from './redirects.ts';
import { fork } from './state.ts';
import { NOTHING, opaque } from './streams.ts';
import { expandOne, expandWord } from './words.ts';

const MAX_WAYS = 16;
const MAX_ITEMS = 512;

/** Walks a simple command. */
export function walkSimple(analysis: Analysis, scene: Scene, node: Command, next: CommandNode | null): Stream {
  const ways = expandAll(analysis, scene, node);
  const [firstWay] = ways;
  const env = new Map<string, Field>();
  const alone = !firstWay || firstWay.length === 0;
  for (const part of node.prefix) {
    if (part.type === 'Assignment' && analysis.spend(scene)) assign(analysis, scene, part, alone ? undefined : env);
  }
  const plumbing = node.redirects.length > 0 ? redirect(analysis, scene, node.redirects) : undefined;
  if (alone) return NOTHING;
  const silent = plumbing?.silent ?? false;
  const stdin = plumbing?.stdin ?? scene.state.stdin;
  const output = runWays(analysis, scene, ways, { stdin, env, next: wordsOf(next), silent, span: spanOf(scene, node) });
  if (plumbing) pour(analysis, scene, plumbing, output);
  return silent ? NOTHING : output;
}

function runWays(analysis: Analysis, scene: Scene, ways: readonly (readonly Field[])[], call: Omit<Call, 'words'>): Stream {
  const before = ways.length > 1 ? fork(scene.state) : undefined;
  let output: Stream | undefined;
  for (const [index, words] of ways.entries()) {
    if (words.length === 0 || !analysis.spend(scene)) continue;
    // Each further way starts from where the first one did; what the first one changed is kept.
    const own = index === 0 || !before ? scene : { ...scene, state: fork(before) };
    const result = analysis.engine.words(analysis, own, { ...call, words });
    output = output === undefined ? result : opaque(output.taint | result.taint);
  }
  return output ?? NOTHING;
}

/** Each combination of what the words may be. */
function expandAll(analysis: Analysis, scene: Scene, node: Command): readonly (readonly Field[])[] {
  const x = expander(analysis, scene);
  const words = node.name ? [node.name, ...node.args] : node.args;
  let ways: Field[][] = [[]];
  for (const word of words) {
    if (!analysis.spend(scene)) break;
    const expanded = word.type === 'Assignment' ? [[assignmentField(analysis, scene, word)]] : expandWord(word, x);
    if (expanded.length === 1 && expanded[0]) {
      for (const way of ways) way.push(...expanded[0]);
      continue;
    }
    ways = ways.flatMap((way) => expanded.map((fields) => [...way, ...fields]));
    if (ways.length > MAX_WAYS) ways = [[...(ways[0] ?? []).slice(0, -1), unknownField(0, spanOf(scene, word))]];
  }
  return ways;
}

function assignmentField(analysis: Analysis, scene: Scene, node: Assignment): Field {
  if (node.value.type === 'ArrayValue') {
    assign(analysis, scene, node, undefined);
    return field(`${node.name}`, spanOf(scene, node));
  }
  const [value] = expandOne(node.value, expander(analysis, scene));
  return { ...(value ?? unknownField()), text: `${node.name}${node.append ? '+' : ''}=${value?.text ?? ''}`, span: spanOf(scene, node) };
}

/** Sets a variable: for one command where `env` is given, else in the shell. */
function assign(analysis: Analysis, scene: Scene, node: Assignment, env: Map<string, Field> | undefined): void {
  const x = expander(analysis, scene);
  const { vars } = scene.state;
  if (node.index) {
    if (node.value.type === 'Word') expandOne(node.value, x);
    if (node.index.parts) expandOne(node.index, x);
    vars.set(`${node.name}[]`, null);
    return;
  }
  if (node.value.type === 'ArrayValue') {
    const items = node.value.elements.flatMap((word) => expandWord(word, x)[0] ?? [unknownField()]);
    const before = node.append ? (vars.get(`${node.name}[]`) ?? []) : [];
    vars.set(`${node.name}[]`, before.length + items.length > MAX_ITEMS ? null : [...before, ...items]);
    vars.delete(node.name);
    return;
  }
  const values = expandOne(node.value, x);
  watchVariable(new Frame(analysis, scene, spanOf(scene, node)), node.name, values[0] ?? field(''), env !== undefined);
  if (env) {
    if (values[0]) env.set(node.name, values[0]);
    return;
  }
  vars.set(node.name, node.append ? appended(vars.get(node.name), values) : values);
}

function appended(before: readonly Field[] | null | undefined, values: readonly Field[]): readonly Field[] | null {
  if (!before?.[0] || before.length > 1 || values.length > 1 || !values[0]) return before === undefined ? values : null;
  return [{ ...before[0], text: before[0].text + values[0].text, taint: before[0].taint | values[0].taint }];
}

/** What setting a variable sets off: programs that others run, safeguards that go off. */
export function watchVariable(frame: Frame, name: string, value: Field, exported: boolean): void {
  if (BYPASS_VARIABLE.test(name) && !HARMLESS_VARIABLE.test(name)) frame.effect('guard.bypass', name);
  if (name === 'HISTFILE' && value.text === '/dev/null') frame.effect('guard.history', name);
  if (name === 'PATH') searchPath(frame, value);
  const kind = HOOK_VARIABLES[name];
  if (kind === undefined || !exported || value.text === '') return;
  if (value.taint & FROM_NET) frame.effect('exec.download', null);
  if (kind === 'command') runHook(frame, name, value);
  if (kind === 'file') frame.effect('exec.hook', `${name}=${value.text}`);
  if (kind === 'options' && loadsCode(name, value.text)) frame.effect('exec.hook', `${name}=${value.text}`);
}

const QUIET_PROGRAM = /^(?:cat|less(?: -\w+)*|more|most|true|:|vim?|nvim|nano|emacs|code(?: --wait)?|ed|ssh|xdg-open|sccache|)$/;

function runHook(frame: Frame, name: string, value: Field): void {
  if (QUIET_PROGRAM.test(value.text)) return;
  const text = { ...value, text: value.text.replace(/^\|{0,2}-?/, '') };
  if (!isKnown(value.text)) return frame.unknown('command-word', `what ${name} would run cannot be told`);
  if (!/^(?:ssh|GIT_SSH)/.test(value.text)) frame.effect('exec.hook', `${name}=${value.text}`);
  frame.script(text, name);
}

/** Folders from which programs would be taken first: those that anybody can write to. */
function searchPath(frame: Frame, value: Field): void {
  for (const folder of value.text.split(':')) {
    if (folder === '' || folder.includes('\uE001')) continue;
    const { scope } = frame.place(field(folder));
    if (folder === '.' || scope === 'temp' || scope === 'outside') frame.effect('exec.hook', `PATH=${folder}`);
  }
}

const LOADS: Readonly<Record<string, RegExp>> = {
  NODE_OPTIONS: /(?:^|\s)(?:-r|--require|--import|--loader|--experimental-loader)\b/,
  JAVA_TOOL_OPTIONS: /-javaagent|-agentlib|-agentpath|-XX:On/,
  PERL5OPT: /-[A-Za-z]*[eEMmId]/,
  RUBYOPT: /-[A-Za-z]*[reI]/,
  TAR_OPTIONS: /checkpoint-action|to-command|compress-program|-I/,
  MAKEFLAGS: /--eval|SHELL=/,
};

function loadsCode(name: string, text: string): boolean {
  return (LOADS[name]?.test(text) ?? false) || !isKnown(text);
}

function wordsOf(node: CommandNode | null): readonly string[] | null {
  if (node?.type !== 'Command' || !node.name) return null;
  return [node.name.value, ...node.args.map((word) => (word.type === 'Assignment' ? word.text : word.value))];
}
