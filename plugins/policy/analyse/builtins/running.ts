/** Builtins that run other commands, and those that do nothing that matters. */
import { ANY, FROM_NET, FROM_SECRET, type Field, type Invocation } from '../../types.ts';
import { field, isKnown, join } from '../fields.ts';
import type { Frame } from '../frame.ts';
import { NOTHING, textStream } from '../streams.ts';
import type { Builtin } from './index.ts';

const ASSIGNMENT = /^([A-Za-z_][\w-]*)=([^]*)$/;

const evaluate: Builtin = (frame, cmd) => {
  const text = join(cmd.args.filter((arg, index) => !(index === 0 && arg.text === '--')));
  if (text.text === '') return NOTHING;
  return frame.script(text, 'eval', { apart: false });
};

const source: Builtin = (frame, cmd) => {
  const [path, ...positional] = cmd.args.filter((arg, index) => !(index === 0 && arg.text === '--'));
  if (!path) return NOTHING;
  if (path.taint & FROM_NET) {
    frame.effect('exec.download', null);
    return NOTHING;
  }
  if (path.text === '/dev/stdin' || path.text === '-') return fromInput(frame, cmd);
  frame.file(path, 'source', { apart: false, language: 'shell', ...(positional.length > 0 && { positional }) });
  return undefined;
};

function fromInput(frame: Frame, cmd: Invocation): undefined {
  frame.script({ text: cmd.stdin.text ?? ANY, glob: false, taint: cmd.stdin.taint }, 'source', { apart: false });
}

const alias: Builtin = (frame, cmd) => {
  for (const arg of cmd.args) {
    const match = ASSIGNMENT.exec(arg.text);
    if (match?.[1] !== undefined) frame.scene.state.aliases.set(match[1], { ...arg, text: match[2] ?? '' });
  }
  return NOTHING;
};

const trap: Builtin = (frame, cmd) => {
  const [first, ...signals] = cmd.args.filter((arg) => arg.text !== '--');
  if (!first || /^-[lp]/.test(first.text) || signals.length === 0 || first.text === '' || first.text === '-') return NOTHING;
  frame.script(first, 'trap');
  return NOTHING;
};

/** `command` and `builtin`: the rest, past aliases and functions. */
const command: Builtin = (frame, cmd) => {
  const { args } = cmd;
  const flags = args.findIndex((arg) => !/^-[pvV]+$/.test(arg.text));
  const asks = args.slice(0, flags < 0 ? args.length : flags).some((arg) => /[vV]/.test(arg.text));
  const words = args.slice(Math.max(0, flags)).filter((arg, index) => !(index === 0 && arg.text === '--'));
  if (asks || flags < 0 || words.length === 0) return textStream('\uE000');
  return past(frame, cmd, words);
};

function past(frame: Frame, cmd: Invocation, words: readonly Field[]): ReturnType<Builtin> {
  const name = words[0]?.text ?? '';
  const { functions, aliases } = frame.scene.state;
  const [body, short] = [functions.get(name), aliases.get(name)];
  functions.delete(name);
  aliases.delete(name);
  const output = frame.run(words, cmd.name, { apart: false, stdin: cmd.stdin });
  if (body) functions.set(name, body);
  if (short) aliases.set(name, short);
  return output;
}

const exec: Builtin = (frame, cmd) => {
  let at = 0;
  while (at < cmd.args.length && /^-[acl]+$/.test(cmd.args[at]?.text ?? '')) at += cmd.args[at]?.text.includes('a') ? 2 : 1;
  const words = cmd.args.slice(at).filter((arg, index) => !(index === 0 && arg.text === '--'));
  return words.length === 0 ? NOTHING : frame.run(words, 'exec', { apart: false, stdin: cmd.stdin });
};

const leave: Builtin = (frame) => {
  frame.scene.state.ended = true;
  return NOTHING;
};

const enable: Builtin = (frame, cmd) => {
  const at = cmd.args.findIndex((arg) => /^-\w*f/.test(arg.text));
  if (at >= 0) frame.effect('exec.hook', cmd.args[at + 1]?.text ?? null);
  return NOTHING;
};

/** `complete -C`, `bind -x`, `mapfile -C`: text that runs later. */
const later: Builtin = (frame, cmd) => {
  const at = cmd.args.findIndex((arg) => /^-\w*[Cx]$/.test(arg.text));
  const text = at < 0 ? undefined : cmd.args[at + 1];
  if (text) frame.script(cmd.name === 'bind' ? { ...text, text: text.text.slice(text.text.indexOf(':') + 1) } : text, cmd.name);
  return NOTHING;
};

const hash: Builtin = (frame, cmd) => {
  const at = cmd.args.findIndex((arg) => arg.text === '-p');
  const [path, name] = [cmd.args[at + 1], cmd.args[at + 2]];
  if (at >= 0 && path && name) frame.scene.state.aliases.set(name.text, path);
  return NOTHING;
};

const printf: Builtin = (frame, cmd) => {
  const into = cmd.args.findIndex((arg) => arg.text === '-v');
  const rest = into < 0 ? cmd.args : cmd.args.slice(into + 2);
  const output = textStream(
    format(rest),
    rest.reduce((sum, arg) => sum | arg.taint, 0),
  );
  const name = into < 0 ? undefined : cmd.args[into + 1];
  if (!name) {
    shown(frame, cmd, output.taint);
    return output;
  }
  frame.scene.state.vars.set(name.text, [{ ...field(output.text ?? ANY), taint: output.taint }]);
  return NOTHING;
};

function format(args: readonly Field[]): string {
  const [first, ...values] = args.filter((arg, index) => !(index === 0 && arg.text === '--'));
  if (!first) return '';
  const template = escapes(first.text);
  if (!/%[^%]/.test(template)) return template.replaceAll('%%', '%');
  let at = 0;
  let text = '';
  do {
    text += template.replace(/%(?:%|[-+ 0#]*\d*(?:\.\d+)?([bcdiqsux]))/g, (all, kind: string | undefined) => {
      if (kind === undefined) return '%';
      const value = values[at++]?.text ?? '';
      return kind === 's'
        ? value
        : kind === 'b'
          ? escapes(value)
          : isKnown(value) && all.length === 2 && /[di]/.test(kind)
            ? value
            : kind === 'q'
              ? value
              : '\uE000';
    });
  } while (at < values.length && at > 0 && text.length < 16_384);
  return text;
}

const ESCAPED = new Map<string, string>([['n', '\n'], ['t', '\t'], ['r', '\r'], ['a', ''], ['b', ''], ['e', '\u001b'], ['f', ''], ['v', '']]); // prettier-ignore

/** Backslash escapes as `printf` and `echo -e` take them. */
export function escapes(text: string): string {
  return text.replace(
    /\\(?:x([0-9A-Fa-f]{1,2})|u([0-9A-Fa-f]{1,4})|U([0-9A-Fa-f]{1,8})|0?([0-7]{1,3})|([abefnrtv\\'"]))/g,
    (_, hex?: string, short?: string, long?: string, octal?: string, char?: string) => {
      const code = hex ?? short ?? long;
      if (code !== undefined) return String.fromCodePoint(Math.min(0x10ffff, Number.parseInt(code, 16)));
      if (octal !== undefined) return String.fromCharCode(Number.parseInt(octal, 8) & 255);
      return ESCAPED.get(char ?? '') ?? char ?? '';
    },
  );
}

/** Text that holds a secret, shown to whoever reads the output. */
function shown(frame: Frame, cmd: Invocation, taint: number): void {
  if (taint & FROM_SECRET && cmd.next === null && !cmd.silent && frame.scene.depth === 0) frame.effect('secret.dump', null);
}

const echo: Builtin = (frame, cmd) => {
  let at = 0;
  let interpret = false;
  let line = '\n';
  for (; at < cmd.args.length && /^-[neE]+$/.test(cmd.args[at]?.text ?? ''); at += 1) {
    const flag = cmd.args[at]?.text ?? '';
    if (flag.includes('e')) interpret = true;
    if (flag.includes('n')) line = '';
  }
  const words = cmd.args.slice(at);
  const [only] = words;
  // `echo dir/*` prints names of files.
  if (words.length > 0 && words.every((word) => word.glob || word.text.startsWith('/')) && only?.glob)
    return { text: null, paths: words, taint: 0 };
  const text = join(words);
  shown(frame, cmd, text.taint);
  return textStream((interpret ? escapes(text.text) : text.text) + line, text.taint);
};

const nothing: Builtin = () => NOTHING;
const code: Builtin = (frame) => {
  frame.unknown('command-word', 'what the shell history runs cannot be told');
  return NOTHING;
};

/** By name. */
export const RUNNING: Readonly<Record<string, Builtin>> = {
  eval: evaluate,
  source,
  '.': source,
  alias,
  unalias: (frame, cmd) => {
    for (const arg of cmd.args) frame.scene.state.aliases.delete(arg.text);
    return NOTHING;
  },
  trap,
  command,
  builtin: command,
  exec,
  exit: leave,
  return: leave,
  break: leave,
  continue: leave,
  enable,
  complete: later,
  compgen: later,
  bind: later,
  hash,
  fc: code,
  printf,
  echo,
  history: (frame, cmd) => {
    if (cmd.args.some((arg) => /^-\w*[cdw]/.test(arg.text))) frame.effect('guard.history', null);
    return undefined;
  },
  ':': nothing,
  true: nothing,
  false: nothing,
  test: nothing,
  '[': nothing,
  wait: nothing,
  jobs: nothing,
  fg: nothing,
  bg: nothing,
  disown: nothing,
  type: nothing,
  umask: nothing,
  ulimit: nothing,
  times: nothing,
  shopt: nothing,
  compopt: nothing,
  suspend: nothing,
  caller: nothing,
  dirs: nothing,
  logout: leave,
  help: nothing,
};
