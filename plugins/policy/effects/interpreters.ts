/** Interpreters of other languages: code from options, files or a pipe. Sources: python(1), node(1), perlrun(1), ruby(1), php(1), lua(1), awk(1). */
import { FROM_NET, QUIET, type Field, type Handler, type Handlers, type Invocation, type Language, type Shell } from '../types.ts';
import { asField, baseName, field, withText } from './help.ts';
import { byVerb } from './verbs.ts';
import { parseOptions, type Options, type Spec } from './options.ts';

interface Interpreter {
  readonly language: Language;
  readonly spec: Spec;
  /** Options whose value is code. */
  readonly code: readonly string[];
  /** Options whose value is a file that runs first. */
  readonly files?: readonly string[];
  /** Options with which nothing runs. */
  readonly harmless?: readonly string[];
}

const PYTHON: Interpreter = {
  language: 'python',
  spec: { strict: true, short: 'cmWXQ', ends: 'cm' },
  code: ['c'],
  harmless: ['V', 'version', 'h'],
};
const NODE: Interpreter = {
  language: 'node',
  spec: {
    strict: true,
    short: 'eprCc',
    long: [
      'eval=',
      'print=',
      'require=',
      'import=',
      'loader=',
      'conditions=',
      'env-file=',
      'test-name-pattern=',
      'test-reporter=',
      'watch-path=',
    ],
  },
  code: ['e', 'p', 'eval', 'print'],
  files: ['r', 'require', 'import', 'loader'],
  harmless: ['check', 'v', 'version'],
};
const PERL: Interpreter = { language: 'perl', spec: { strict: true, short: 'eEIMmxCDFi0lV' }, code: ['e', 'E'], harmless: ['c', 'v'] };
const RUBY: Interpreter = { language: 'ruby', spec: { strict: true, short: 'eIrCEFKTWx' }, code: ['e'], harmless: ['c', 'v', 'version'] };
const PHP: Interpreter = {
  language: 'php',
  spec: { strict: true, short: 'rRBEFfcdSztT' },
  code: ['r', 'R', 'B', 'E'],
  files: ['f', 'F'],
  harmless: ['l', 'v', 'i', 'm', 'version'],
};
const LUA: Interpreter = { language: 'lua', spec: { strict: true, short: 'el' }, code: ['e'], harmless: ['v'] };

function interpreter(row: Interpreter): Handler {
  return (cmd, shell) => {
    const options = parseOptions(cmd.args, row.spec);
    if (options.has(...(row.harmless ?? []))) return;
    const { language } = row;
    for (const file of options.values(...(row.files ?? []))) preload(file, cmd, shell, language);
    const texts = options.values(...row.code);
    for (const text of texts) shell.code(language, text, `${cmd.name} -${row.code[0] ?? 'e'}`);
    if (texts.length > 0) return besideCode(language, options, shell);
    if (language === 'python' && options.has('m')) return pythonModule(options.value('m'), options.operands, cmd, shell);
    if (language === 'php' && options.has('S')) return shell.effect('net.listen', options.value('S')?.text ?? null);
    const [file, ...positional] = options.operands;
    if (file && file.text !== '-' && file.text !== '/dev/stdin') return runFile(file, positional, cmd, shell, language);
    return fromInput(cmd, shell, language);
  };
}

/** The files that `perl -ne` and `ruby -ne` go through; with `-i` they are changed. */
function besideCode(language: Language, options: Options, shell: Shell): void {
  if (language !== 'perl' && language !== 'ruby') return;
  for (const file of options.operands)
    if (options.has('i')) shell.writes(file);
    else shell.reads(file);
}

function preload(file: Field, cmd: Invocation, shell: Shell, language: Language): void {
  if (/^[./~]/.test(file.text)) shell.file(file, cmd.name, { language });
  else if (file.text.startsWith('data:')) shell.code(language, file, cmd.name);
}

function runFile(file: Field, positional: readonly Field[], cmd: Invocation, shell: Shell, language: Language): void {
  if (language === 'node' && /^(?:test|run|inspect)$/.test(file.text)) return;
  if (file.taint & FROM_NET) return shell.effect('exec.download', null);
  shell.file(file, cmd.name, { language, positional });
  if (/(?:^|\/)vp\.[cm]?js$|@vp\/kernel|kernel\/bin\//.test(file.text)) shell.run([withText(file, 'vp'), ...positional], cmd.name);
  const table = new Map(Object.entries(PROJECT_PROGRAMS)).get(baseName(file.text));
  if (table !== undefined) byVerb(table, { ...cmd, args: positional }, shell);
}

/** Scripts that every project of a framework has, and the table of what they do. */
const PROJECT_PROGRAMS: Readonly<Record<string, string>> = { 'manage.py': 'django', artisan: 'artisan', rails: 'rails', rake: 'rake' };

function fromInput(cmd: Invocation, shell: Shell, language: Language): void {
  if (cmd.stdin.taint & FROM_NET) return shell.effect('exec.download', null);
  if (cmd.stdin === QUIET) return;
  shell.code(language, asField(cmd.stdin), cmd.name);
}

function serve(operands: readonly Field[], shell: Shell): void {
  const options = parseOptions(operands, { short: 'db', long: ['directory=', 'bind='] });
  const folder = options.value('d', 'directory');
  if (folder) shell.reads(folder);
  shell.effect('net.listen', options.operands[0]?.text ?? '8000');
}

/** Modules of Python that do more than compute. Source: the library reference, command-line interfaces. */
function pythonModule(name: Field | undefined, operands: readonly Field[], cmd: Invocation, shell: Shell): void {
  const text = name?.text ?? '';
  const words = [withText(name ?? field(''), text.split('.')[0] ?? ''), ...operands];
  if (text === 'http.server' || text === 'SimpleHTTPServer') return serve(operands, shell);
  if (
    /^(?:pip|pytest|twine|poetry|pdm|flit|hatch|uv|alembic|django|celery|ansible|awscli|virtualenv|build|black|coverage|tox|nox|pre_commit|conda)$/.test(
      words[0]?.text ?? '',
    )
  ) {
    return void shell.run(text === 'pre_commit' ? [field('pre-commit'), ...operands] : words, `${cmd.name} -m`, { stdin: cmd.stdin });
  }
  const code = operands.find((one) => !one.text.startsWith('-'));
  if (code && text === 'timeit') return shell.code('python', code, 'timeit');
  if (code && /^(?:cProfile|trace|pdb|runpy)$/.test(text)) return shell.file(code, `${cmd.name} -m ${text}`, { language: 'python' });
  if (/^(?:smtpd|pty|telnetlib|ftplib)$/.test(text)) shell.effect('exec.code', text);
}

/** `awk [-F x] [-v a=b] 'program' files`. */
const awk: Handler = (cmd, shell) => {
  const options = parseOptions(cmd.args, {
    strict: true,
    short: 'FvfeEiloLpD',
    long: ['source=', 'file=', 'include=', 'exec=', 'assign=', 'field-separator=', 'load='],
  });
  for (const file of options.values('f', 'file', 'i', 'include', 'E', 'exec')) shell.file(file, cmd.name, { language: 'awk' });
  const texts = options.values('e', 'source');
  const given = options.has('f', 'file', 'e', 'source', 'E', 'exec');
  const files = given ? options.operands : options.operands.slice(1);
  for (const text of given ? texts : options.operands.slice(0, 1)) shell.code('awk', text, cmd.name);
  const inPlace = options.values('i', 'include').some((one) => one.text === 'inplace');
  for (const file of files) {
    if (/^\w+=/.test(file.text)) continue;
    if (inPlace) shell.writes(file);
    else shell.reads(file);
  }
};

const deno: Handler = (cmd, shell) => {
  const [verb, ...rest] = cmd.args;
  if (verb?.text === 'eval') return shell.code('node', rest.find((one) => !one.text.startsWith('-')) ?? field(''), 'deno eval');
  if (verb?.text === 'run') {
    const file = rest.find((one) => !one.text.startsWith('-'));
    if (file && /^https?:/.test(file.text)) return shell.effect('exec.download', file.text);
    if (file) return shell.file(file, 'deno run', { language: 'node' });
  }
  if (verb?.text === 'install' && rest.some((one) => /^https?:/.test(one.text))) shell.effect('exec.download', verb.text);
};

/** Interpreters. */
export const INTERPRETERS: Handlers = {
  python: interpreter(PYTHON),
  pypy: interpreter(PYTHON),
  ipython: interpreter(PYTHON),
  node: interpreter(NODE),
  nodejs: interpreter(NODE),
  tsx: interpreter(NODE),
  'ts-node': interpreter(NODE),
  esno: interpreter(NODE),
  perl: interpreter(PERL),
  ruby: interpreter(RUBY),
  jruby: interpreter(RUBY),
  irb: interpreter(RUBY),
  php: interpreter(PHP),
  lua: interpreter(LUA),
  luajit: interpreter(LUA),
  awk,
  gawk: awk,
  mawk: awk,
  nawk: awk,
  deno,
};
