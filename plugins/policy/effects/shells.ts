/** Shells, and programs that hand text to a shell. Sources: bash(1), dash(1), zsh(1), at(1), crontab(1), script(1). */
import { FROM_NET, QUIET, type Field, type Handler, type Handlers } from '../types.ts';
import { asField, isKnown } from './help.ts';
import { parseOptions } from './options.ts';

/** `bash [options] [-c text | -s | file] [arguments]`. */
const shellProgram: Handler = (cmd, shell) => {
  const options = parseOptions(cmd.args, {
    strict: true,
    short: 'oO',
    long: ['rcfile=', 'init-file=', 'login', 'posix', 'norc', 'noprofile'],
  });
  if (options.has('n') || options.has('help', 'version')) return undefined;
  for (const file of options.values('rcfile', 'init-file')) shell.file(file, `${cmd.name} --rcfile`, { language: 'shell' });
  const operands = plusOptions(options.operands);
  if (options.has('c')) {
    const [text, zero, ...positional] = operands;
    if (!text) return undefined;
    return shell.script(text, `${cmd.name} -c`, { stdin: cmd.stdin, positional, ...(zero && { zero }) });
  }
  const [file, ...positional] = operands;
  if (file && !options.has('s') && file.text !== '-') {
    if (file.taint & FROM_NET) return shell.effect('exec.download', null);
    if (file.text === '/dev/stdin') return fromInput(cmd.stdin, shell, cmd.name);
    return shell.file(file, cmd.name, { positional, language: 'shell', stdin: cmd.stdin });
  }
  return fromInput(cmd.stdin, shell, cmd.name);
};

function plusOptions(operands: readonly Field[]): readonly Field[] {
  const at = operands.findIndex((word) => !/^\+[A-Za-z]/.test(word.text));
  return at < 0 ? [] : operands.slice(at);
}

/** A shell that reads its commands from a pipe or a here-document. */
function fromInput(stdin: Parameters<Handler>[0]['stdin'], shell: Parameters<Handler>[1], name: string): ReturnType<Handler> {
  if (stdin.taint & FROM_NET) return shell.effect('exec.download', null);
  if (stdin === QUIET) {
    // Nothing is piped in: it would wait for a terminal that is not there.
    return undefined;
  }
  return shell.script(asField(stdin), name);
}

/** `at`, `batch`: shell text on stdin, later. */
const later: Handler = (cmd, shell) => {
  const options = parseOptions(cmd.args, { short: 'qftc' });
  if (options.has('l', 'c', 'V') || cmd.name === 'atq') return undefined;
  const file = options.value('f');
  shell.effect('guard.persist', cmd.name);
  if (options.has('r', 'd')) return undefined;
  if (file) return shell.file(file, cmd.name, { language: 'shell' });
  if (cmd.stdin.text !== null) shell.script(asField(cmd.stdin), cmd.name);
};

const crontab: Handler = (cmd, shell) => {
  const options = parseOptions(cmd.args, { short: 'u' });
  if (options.has('l', 'V') && !options.has('r', 'e') && options.operands.length === 0) return undefined;
  if (cmd.args.length === 0 && cmd.stdin === QUIET) return undefined;
  shell.effect('guard.persist', 'crontab');
};

/** `expect -c`, `fish -c`, `pwsh -Command`: languages that are not looked into. */
function foreign(flags: readonly string[]): Handler {
  return (cmd, shell) => {
    const at = cmd.args.findIndex((arg) => flags.includes(arg.text.toLowerCase()));
    const text = at < 0 ? undefined : cmd.args[at + 1];
    if (text) {
      if (cmd.name === 'fish') return shell.script(text, 'fish -c', { stdin: cmd.stdin });
      shell.effect('exec.code', cmd.name, { certain: false });
      return shell.unknown('script', `${cmd.name} code is not looked into`, text.span);
    }
    const file = cmd.args.find((arg) => !arg.text.startsWith('-'));
    if (file) return shell.file(file, cmd.name, { language: 'other' });
    if (cmd.stdin.taint & FROM_NET) return shell.effect('exec.download', null);
    if (cmd.stdin.text !== null) shell.unknown('script', `${cmd.name} code is not looked into`);
  };
}

/** `busybox sh`, `busybox rm`. */
const multi: Handler = (cmd, shell) =>
  cmd.args.length > 0 && !cmd.args[0]?.text.startsWith('-') ? shell.run(cmd.args, cmd.name, { stdin: cmd.stdin }) : undefined;

/** `makeself`-like: the first operand runs. */
const openWith: Handler = (cmd, shell) => {
  const [target] = cmd.args.filter((arg) => !arg.text.startsWith('-'));
  if (!target || !isKnown(target.text)) return;
  if (/^https?:/.test(target.text)) return shell.effect('net.fetch', target.text.replace(/^https?:\/\/([^/:]+).*$/, '$1'));
};

const SHELL_NAMES = ['bash', 'sh', 'zsh', 'dash', 'ash', 'ksh', 'mksh', 'ksh93', 'rbash', 'posh', 'yash', 'csh', 'tcsh', 'lksh', 'hush'];

/** Shells and their kin. */
export const SHELLS: Handlers = {
  ...Object.fromEntries(SHELL_NAMES.map((name): [string, Handler] => [name, shellProgram])),
  fish: foreign(['-c', '--command']),
  expect: foreign(['-c']),
  pwsh: foreign(['-c', '-command', '-encodedcommand', '-e', '-ec']),
  powershell: foreign(['-c', '-command', '-encodedcommand', '-e', '-ec']),
  osascript: foreign(['-e']),
  tclsh: foreign(['-c']),
  gdb: foreign(['-ex', '-eval-command', '--eval-command', '--ex', '-x']),
  lldb: foreign(['-o', '--one-line', '-s']),
  sbcl: foreign(['--eval']),
  guile: foreign(['-c']),
  erl: foreign(['-eval']),
  elixir: foreign(['-e', '--eval']),
  iex: foreign(['-e', '--eval']),
  scala: foreign(['-e']),
  jshell: foreign(['-e']),
  jrunscript: foreign(['-e']),
  jjs: foreign(['-e']),
  ghc: foreign(['-e']),
  racket: foreign(['-e']),
  Rscript: foreign(['-e']),
  R: foreign(['-e']),
  julia: foreign(['-e', '--eval', '-E']),
  octave: foreign(['--eval']),
  groovy: foreign(['-e']),
  clojure: foreign(['-e']),
  swift: foreign(['-e']),
  at: later,
  batch: later,
  atq: later,
  atrm: (cmd, shell) => shell.effect('guard.persist', cmd.name),
  crontab,
  busybox: multi,
  toybox: multi,
  'xdg-open': openWith,
  open: openWith,
};
