/** Runs expanded words: an alias, a function, a builtin, or a program by its table of effects. */
import { handlerOf } from '../effects/index.ts';
import { FROM_GUARD, FROM_NET, FROM_PROCESSES, FROM_SECRET, type Field, type Invocation, type Stream } from '../types.ts';
import type { Analysis, Call, Scene } from './analysis.ts';
import { BUILTINS } from './builtins/index.ts';
import { baseName, isKnown, join, knownText, readable } from './fields.ts';
import { Frame } from './frame.ts';
import { concat, NOTHING, opaque, SHORT } from './streams.ts';

/** Runs the words of one command. Answers what it prints. */
export function runWords(analysis: Analysis, scene: Scene, call: Call): Stream {
  const [program, ...args] = call.words;
  if (!program || program.text === '') return NOTHING;
  const known = isKnown(program.text) && !(program.glob && /[*?[]/.test(program.text));
  const name = known ? baseName(program.text) : null;
  const index = analysis.command({
    name,
    argv: call.words.map(knownText),
    cwd: scene.state.cwd,
    via: [...scene.via],
    ...(call.span && { span: call.span }),
  });
  const frame = new Frame(analysis, scene, call.span, index);
  if (name !== null && /[^\u0020-\u007e]/.test(name))
    frame.unknown('hidden-characters', `the name of the program is not plain: ${name}`, program.span);
  if (name === null) return runUnknown(frame, program);
  const bare = name === program.text;
  if (bare && scene.state.aliases.has(name) && !scene.calls.includes(`alias ${name}`)) return runAlias(frame, name, args);
  if (bare && scene.state.functions.has(name)) return runFunction(frame, name, args, call.stdin);
  return runProgram(frame, { ...call, words: call.words }, name);
}

/** Runs a program or builtin, whatever aliases and functions there are. */
export function runProgram(frame: Frame, call: Call, name: string): Stream {
  const [program, ...args] = call.words;
  if (!program) return NOTHING;
  if (args.length === 1 && /^--(?:help|version)$/.test(args[0]?.text ?? '')) return SHORT;
  const cmd: Invocation = {
    name,
    program: program.text,
    args,
    stdin: call.stdin,
    env: environmentOf(frame.scene, call.env),
    next: call.next,
    silent: call.silent,
  };
  const builtin = program.text === name ? BUILTINS.get(name) : undefined;
  const output = builtin ? builtin(frame, cmd) : handlerOf(cmd)(cmd, frame);
  return (
    output ??
    opaque(
      frame.taint |
        cmd.stdin.taint |
        args.reduce((sum, arg) => sum | (arg.taint & (FROM_SECRET | FROM_NET | FROM_GUARD | FROM_PROCESSES)), 0),
    )
  );
}

/** Variables that the program finds: its own, and what was exported before. */
function environmentOf(scene: Scene, own: ReadonlyMap<string, Field>): ReadonlyMap<string, Field> {
  const { exported, vars } = scene.state;
  if (exported.size === 0) return own;
  const all = new Map<string, Field>();
  for (const name of exported) {
    const value = vars.get(name)?.[0];
    if (value) all.set(name, value);
  }
  for (const [name, value] of own) all.set(name, value);
  return all;
}

function runUnknown(frame: Frame, program: Field): Stream {
  if (program.taint & FROM_NET) frame.effect('exec.download', null);
  if (!frame.scene.quiet) frame.effect('exec.unknown', readable(program.text));
  frame.unknown('command-word', `which program runs cannot be told: ${readable(program.text)}`, program.span);
  return opaque(program.taint);
}

function runAlias(frame: Frame, name: string, args: readonly Field[]): Stream {
  const { scene } = frame;
  const text = scene.state.aliases.get(name);
  if (!text) return NOTHING;
  const quoted = args.map((arg) => ({ ...arg, text: `'${arg.text.replaceAll("'", `'\\''`)}'` }));
  const inner = { ...scene, via: [...scene.via, `alias ${name}`], calls: [...scene.calls, `alias ${name}`], outer: frame.span };
  return frame.analysis.engine.text(frame.analysis, inner, join([text, ...quoted]));
}

const MAX_CALLS = 12;

/** Runs a function of the call. */
export function runFunction(frame: Frame, name: string, args: readonly Field[], stdin: Stream): Stream {
  const { scene, analysis } = frame;
  const node = scene.state.functions.get(name)?.node;
  if (!node || !analysis.call()) return NOTHING;
  const { body } = node;
  // A function may define another one of its own name: what counts is the text.
  const call = `${name} ${node.pos}`;
  if (scene.calls.includes(call) && scene.beside) {
    frame.effect('process.fork-bomb', name);
    return NOTHING;
  }
  if (scene.calls.filter((one) => one === call).length > 1 || scene.calls.length > MAX_CALLS) {
    frame.unknown('too-deep', `the function ${name} calls itself`);
    return NOTHING;
  }
  const { positional, stdin: before } = scene.state;
  Object.assign(scene.state, { positional: args, stdin });
  const inner = { ...scene, via: [...scene.via, name], calls: [...scene.calls, call], beside: false, syntax: scene.syntax + 1 };
  const output = body.type === 'CompoundList' ? NOTHING : analysis.engine.command(analysis, inner, body, null);
  Object.assign(scene.state, { positional, stdin: before, ended: false });
  return concat(NOTHING, output);
}
