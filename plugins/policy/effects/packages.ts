/** Package managers: they run scripts of the project, programs of packages, and publish. Sources: npm, pnpm, yarn, pip, poetry, uv manuals. */
import { scriptsOf } from '../analyse/manifest.ts';
import { FROM_NET, type Field, type Handler, type Handlers, type Invocation, type Shell, type Stream } from '../types.ts';
import { field, withText } from './help.ts';
import { parseOptions } from './options.ts';
import { byName } from './names.ts';
import { byVerb } from './verbs.ts';

/** Runs a script of package.json. True where it has one of that name. */
function runScript(name: Field, rest: readonly Field[], cmd: Invocation, shell: Shell): boolean {
  byName(name.text, shell);
  const file = shell.textOf(field('package.json'));
  if (file === undefined || name.text.includes('\uE001')) return false;
  const extra = rest.filter((arg) => arg.text !== '--').map((arg) => ` ${arg.text}`).join(''); // prettier-ignore
  const scripts = scriptsOf(file.text);
  for (const [key, text] of scripts) {
    if (key === name.text) shell.content(withText(name, text + extra), `${cmd.name} run ${name.text}`, file.made);
    else if (key === `pre${name.text}` || key === `post${name.text}`)
      shell.content(withText(name, text), `${cmd.name} run ${key}`, file.made);
  }
  return scripts.some(([key]) => key === name.text);
}

const NODE_VALUES = { strict: true, short: 'CwF', long: ['prefix=', 'workspace=', 'filter=', 'dir=', 'cwd=', 'package=', 'registry=', 'silent', 'yes', 'call=', 'loglevel=', 'userconfig=', 'script-shell='] }; // prettier-ignore

/** `npm`, `pnpm`, `yarn`, `bun`. */
const nodePackages: Handler = (cmd, shell): Stream | undefined | void => {
  const options = parseOptions(cmd.args, NODE_VALUES);
  const folder = options.value('C', 'prefix', 'dir', 'cwd');
  const script = options.value('script-shell');
  if (script) shell.effect('exec.hook', `script-shell ${script.text}`);
  const [verb, ...rest] = options.operands;
  if (!verb) return undefined;
  if (folder) return shell.run([field(cmd.name, verb.span), ...options.operands], `${cmd.name} -C`, { cwd: folder });
  return nodeVerb(verb, rest, cmd, shell);
};

function nodeVerb(verb: Field, rest: readonly Field[], cmd: Invocation, shell: Shell): Stream | undefined | void {
  const clean = rest.filter((arg) => !/^(?:--silent|-s|--if-present|--workspaces|--ws|-r|--recursive|--parallel)$/.test(arg.text));
  switch (verb.text) {
    case 'run':
    case 'run-script':
    case 'rum':
      if (clean[0]) runScript(clean[0], clean.slice(1), cmd, shell);
      return undefined;
    case 'exec':
    case 'x':
    case 'dlx':
    case 'create':
      return execute(
        verb.text === 'create' ? rest.map((arg, index) => (index === 0 ? withText(arg, `create-${arg.text}`) : arg)) : rest,
        cmd,
        shell,
      );
    case 'test':
    case 't':
    case 'start':
    case 'stop':
    case 'restart':
      return void runScript(withText(verb, verb.text === 't' ? 'test' : verb.text), clean, cmd, shell);
    case 'config':
    case 'set':
      return configure(verb.text === 'set' ? rest : rest.slice(1), rest[0]?.text ?? '', shell);
    case 'workspace':
      return clean.length > 1 ? shell.run([field(cmd.name, verb.span), ...clean.slice(1)], 'yarn workspace', {}) : undefined;
    default:
      return nodeOther(verb, rest, cmd, shell);
  }
}

function nodeOther(verb: Field, rest: readonly Field[], cmd: Invocation, shell: Shell): Stream | undefined | void {
  if (byVerb(cmd.name, cmd, shell) && verb.text.startsWith('pub')) return;
  if (verb.text === 'pkg' && rest[0]?.text === 'set') return setScripts(rest.slice(1), shell);
  if (/^(?:i|install|add|ci|update|up|upgrade|link)$/.test(verb.text)) {
    if (!rest.some((arg) => arg.text === '--ignore-scripts'))
      for (const name of ['preinstall', 'install', 'prepare']) runScript(withText(verb, name), [], cmd, shell);
    return install(rest, shell);
  }
  // `yarn build` and `bun build` run the script of that name, or a program of a package.
  if (cmd.name === 'npm' || KNOWN.test(verb.text) || runScript(verb, rest, cmd, shell)) return;
  return shell.run([verb, ...rest], cmd.name, { stdin: cmd.stdin });
}

const KNOWN =
  /^(?:publish|pub|unpublish|remove|rm|uninstall|un|why|list|ls|outdated|audit|pack|info|view|version|init|login|logout|whoami|store|cache|prune|dedupe|config|import|rebuild|root|bin|licenses|patch|patch-commit|fetch|env|setup|help|npm|tag|node|plugin|set|constraints|explain|link|unlink|global|deploy|pm)$/;

function configure(args: readonly Field[], verb: string, shell: Shell): void {
  if (verb === 'get' || verb === 'list' || verb === 'ls') return;
  for (const arg of args) {
    const name =
      /^(?:\/\/.*|_auth\w*|registry|script-shell|node-options|ignore-scripts|prefix|globalconfig|userconfig|git|editor|viewer|init-module)\b/.exec(
        arg.text,
      )?.[0];
    if (name !== undefined && name !== 'ignore-scripts') shell.effect('exec.hook', `config ${name}`);
  }
}

/** `npm pkg set scripts.name=text`: the file after it, as far as its scripts go. */
function setScripts(args: readonly Field[], shell: Shell): void {
  const scripts: Record<string, string> = {};
  for (const arg of args) {
    const [, name, text] = /^scripts\.([\w:.-]+)=([^]*)$/.exec(arg.text) ?? [];
    if (name !== undefined && text !== undefined) scripts[name] = text;
  }
  const file = field('package.json');
  shell.writes(file, 'write.create', { text: JSON.stringify({ scripts }), paths: null, taint: 0 });
}

/** Packages from the registry are the tool's business; code from elsewhere is not. */
function install(args: readonly Field[], shell: Shell): void {
  const global = args.some((arg) => /^(?:-g|--global|--location=global)$/.test(arg.text));
  for (const arg of args) {
    if (/^(?:https?:|git\+|git:|git@|github:|gitlab:|bitbucket:)/.test(arg.text)) shell.effect('exec.download', arg.text);
  }
  if (global) shell.effect('write.create', 'global packages', { scope: 'system', certain: false });
}

/** `npx program`: the program is what counts. */
function execute(args: readonly Field[], cmd: Invocation, shell: Shell): Stream | undefined {
  const options = parseOptions(args, {
    strict: true,
    short: 'pc',
    long: ['package=', 'call=', 'yes', 'no', 'no-install', 'quiet', 'prefix=', 'bun'],
  });
  const call = options.value('c', 'call');
  if (call) return shell.script(call, `${cmd.name} -c`, { stdin: cmd.stdin });
  const [program, ...rest] = options.operands;
  for (const name of [...options.values('p', 'package'), ...(program ? [program] : [])]) {
    if (/^(?:https?:|git\+|git@|github:|gitlab:)/.test(name.text) || /^[\w-]+\/[\w-]+(?:#.*)?$/.test(name.text)) {
      shell.effect('exec.download', name.text);
      return undefined;
    }
  }
  if (!program) return undefined;
  if (/^@vp\/(?:kernel|cli)/.test(program.text)) return shell.run([withText(program, 'vp'), ...rest], cmd.name);
  const bare = program.text.replace(/^(@[^/]+\/[^@]+|[^@]+)@.*$/, '$1').replace(/^@[^/]+\//, '');
  return shell.run([withText(program, bare === 'cli' ? program.text.replace(/^@([^/]+)\/.*$/, '$1') : bare), ...rest], cmd.name, {
    stdin: cmd.stdin,
  });
}

const npx: Handler = (cmd, shell) => execute(cmd.args, cmd, shell);

const pip: Handler = (cmd, shell) => {
  const words = cmd.args.filter((arg) => !arg.text.startsWith('-'));
  const [verb, ...rest] = words;
  if (verb?.text === 'run' || verb?.text === 'tool') return shell.run(rest.slice(verb.text === 'tool' ? 1 : 0), cmd.name);
  if (!/^(?:install|download|wheel|inject)$/.test(verb?.text ?? '')) return undefined;
  for (const arg of rest) if (/^(?:https?:|git\+|git:)/.test(arg.text)) shell.effect('exec.download', arg.text);
  const index = cmd.args.findIndex((arg) => /^(?:-i|--index-url|--extra-index-url|-f|--find-links)$/.test(arg.text));
  const url = cmd.args[index + 1];
  if (index >= 0 && url && /^http:|^https?:\/\/(?!pypi\.org|download\.pytorch\.org)/.test(url.text))
    shell.effect('exec.download', url.text);
  if (cmd.stdin.taint & FROM_NET) shell.effect('exec.download', null);
  return undefined;
};

/** `poetry run x`, `uv run x`, `bundle exec x`: the program behind the verb. */
function runner(verbs: readonly string[]): Handler {
  return (cmd, shell) => {
    const at = cmd.args.findIndex((arg) => !arg.text.startsWith('-'));
    const verb = cmd.args[at]?.text ?? '';
    if (!verbs.includes(verb)) return void byVerb(cmd.name, cmd, shell);
    const rest = parseOptions(cmd.args.slice(at + 1), {
      strict: true,
      short: 'pe',
      long: ['with=', 'python=', 'env-file=', 'extra=', 'group=', 'package=', 'directory=', 'project=', 'from=', 'with-requirements='],
    }).operands;
    if (rest.length === 0) return undefined;
    const script = rest[0];
    if (cmd.name === 'uv' && script && script.text.endsWith('.py')) return shell.file(script, 'uv run', { language: 'python' });
    return shell.run(rest, `${cmd.name} ${verb}`, { stdin: cmd.stdin });
  };
}

/** Package managers. */
export const PACKAGES: Handlers = {
  npm: nodePackages,
  pnpm: nodePackages,
  yarn: nodePackages,
  bun: nodePackages,
  npx,
  pip,
  easy_install: pip,
  poetry: runner(['run']),
  pdm: runner(['run']),
  hatch: runner(['run']),
  pipenv: runner(['run']),
  uv: runner(['run']),
  uvx: (cmd, shell) => shell.run(parseOptions(cmd.args, { strict: true, long: ['from=', 'with=', 'python='] }).operands, 'uvx'),
  rye: runner(['run']),
  conda: runner(['run']),
  bundle: runner(['exec']),
  bundler: runner(['exec']),
  composer: runner(['exec', 'run', 'run-script']),
  opam: runner(['exec']),
  stack: runner(['exec', 'runghc']),
  cabal: runner(['exec']),
  rustup: runner(['run']),
  pyenv: runner(['exec']),
  rbenv: runner(['exec']),
  asdf: runner(['exec']),
  mise: runner(['exec', 'x']),
  volta: runner(['run']),
  direnv: runner(['exec']),
};
