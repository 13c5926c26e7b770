/** git: the options before the command, aliases, and one function for each command that matters. Source: the git manual pages. */
import type { Field, Handler, Handlers, Invocation, Shell, Stream } from '../types.ts';
import { configures, setting } from './git-config.ts';
import { lookups } from './git-look.ts';
import { discards } from './git-discard.ts';
import { field, readable, withText } from './help.ts';
import { parseOptions } from './options.ts';
import { pushes } from './git-push.ts';
import { remoteHost } from './git-remote.ts';

/** One command of git. */
export type GitCommand = (args: readonly Field[], shell: Shell, cmd: Invocation) => Stream | undefined | void;

const GLOBAL_VALUE = /^(?:-C|-c|--git-dir|--work-tree|--namespace|--exec-path|--super-prefix|--config-env|--attr-source)$/;

const git: Handler = (cmd, shell) => {
  const { args } = cmd;
  let at = 0;
  const folders: Field[] = [];
  const aliases = new Map<string, Field>();
  fromEnvironment(cmd, aliases, shell);
  for (; at < args.length; at += 1) {
    const arg = args[at];
    const text = arg?.text ?? '';
    if (!arg || !text.startsWith('-')) break;
    const value = text.includes('=') && text.startsWith('--') ? withText(arg, text.slice(text.indexOf('=') + 1)) : args[at + 1];
    if (text === '-C' && value) folders.push(value);
    if (text === '-c' && value) override(value, aliases, shell);
    if (/^--(?:exec-path|config-env)/.test(text) && text !== '--exec-path') shell.effect('exec.hook', readable(text));
    if (GLOBAL_VALUE.test(text)) at += 1;
    if (text === '--help' || text === '--version') return undefined;
  }
  const [verb, ...rest] = args.slice(at);
  if (!verb) return undefined;
  if (folders.length === 0) return dispatch(verb, rest, cmd, shell, aliases);
  const target = folders.reduce((one, next) => (next.text.startsWith('/') ? next : withText(next, `${one.text}/${next.text}`)));
  // The same command again, where `-C` leads.
  const others = args.slice(0, at).filter((arg, index) => arg.text !== '-C' && args[index - 1]?.text !== '-C');
  return shell.run([field('git', verb.span), ...others, verb, ...rest], `git -C`, { cwd: target, stdin: cmd.stdin });
};

/** `GIT_CONFIG_KEY_0` and `GIT_CONFIG_VALUE_0` are as good as `-c`. */
function fromEnvironment(cmd: Invocation, aliases: Map<string, Field>, shell: Shell): void {
  for (const [name, value] of cmd.env) {
    const number = /^GIT_CONFIG_KEY_(\d+)$/.exec(name)?.[1];
    const set = number === undefined ? undefined : cmd.env.get(`GIT_CONFIG_VALUE_${number}`);
    if (set) override(withText(set, `${value.text}=${set.text}`), aliases, shell);
    const skips = (name === 'HUSKY' || name === 'LEFTHOOK') && /^(?:0|false)$/.test(value.text);
    if (skips || ((name === 'HUSKY_SKIP_HOOKS' || name === 'SKIP' || name === 'PRE_COMMIT_ALLOW_NO_CONFIG') && value.text !== ''))
      shell.effect('git.hooks-skip', name);
    if (/^GIT_CONFIG(?:_GLOBAL|_SYSTEM|_PARAMETERS)?$/.test(name) && value.text !== '/dev/null')
      shell.effect('git.config', `${name}=${value.text}`);
  }
}

function override(value: Field, aliases: Map<string, Field>, shell: Shell): void {
  const [, name, text] = /^([^=]+)=([^]*)$/.exec(value.text) ?? [];
  if (name === undefined || text === undefined) return;
  const alias = /^alias\.(.+)$/i.exec(name)?.[1];
  if (alias !== undefined) aliases.set(alias, withText(value, text));
  else setting(name, withText(value, text), shell, false);
}

function dispatch(
  verb: Field,
  rest: readonly Field[],
  cmd: Invocation,
  shell: Shell,
  aliases: ReadonlyMap<string, Field>,
): Stream | undefined | void {
  const alias = aliases.get(verb.text);
  if (alias) return runAlias(alias, rest, shell);
  if (rest.some((arg) => arg.text === '--help') || (rest.length === 1 && rest[0]?.text === '-h')) return undefined;
  if (verb.text.includes('\uE001') || verb.text.includes('\uE000'))
    return shell.unknown('command-word', 'which command of git runs cannot be told', verb.span);
  const command = Object.hasOwn(COMMANDS, verb.text) ? COMMANDS[verb.text] : undefined;
  return command?.(rest, shell, cmd);
}

function runAlias(alias: Field, rest: readonly Field[], shell: Shell): Stream | undefined {
  const quoted = rest.map((arg) => `'${arg.text.replaceAll("'", `'\\''`)}'`).join(' ');
  if (alias.text.startsWith('!')) return shell.script(withText(alias, `${alias.text.slice(1)} ${quoted}`), 'git alias');
  return shell.script(withText(alias, `git ${alias.text} ${quoted}`), 'git alias');
}

const commit: GitCommand = (args, shell) => {
  const options = parseOptions(args, {
    short: 'mFCctuS',
    long: ['message=', 'file=', 'author=', 'date=', 'template=', 'fixup=', 'squash=', 'no-verify', 'amend', 'reuse-message=', 'trailer='],
  });
  if (options.has('dry-run')) return;
  shell.effect('git.commit', null);
  if (options.has('n', 'no-verify')) shell.effect('git.hooks-skip', 'commit --no-verify');
};

/** `merge`, `am`, `cherry-pick`, `revert`, `pull`. */
function merging(name: string): GitCommand {
  return (args, shell) => {
    const options = parseOptions(args, { short: 'msXSF', long: ['message=', 'strategy=', 'no-verify', 'exec='] });
    if (options.has('no-verify')) shell.effect('git.hooks-skip', `${name} --no-verify`);
    if (name === 'pull') for (const host of options.operands.slice(0, 1)) remoteHost(host, shell, 'net.fetch');
    if (name === 'pull' && options.has('f', 'force') && options.operands.some((ref) => ref.text.startsWith('+')))
      shell.effect('git.discard', 'pull --force');
    shell.effect('git.commit', null, { certain: false });
  };
}

const rebase: GitCommand = (args, shell) => {
  const options = parseOptions(args, {
    short: 'xsXSC',
    long: ['exec=', 'onto=', 'strategy=', 'root', 'interactive', 'continue', 'abort', 'skip', 'quit'],
  });
  for (const text of options.values('x', 'exec')) shell.script(text, 'git rebase --exec');
  if (options.has('continue', 'abort', 'skip', 'quit', 'edit-todo', 'show-current-patch')) return;
  if (options.has('root')) shell.effect('git.history', 'rebase --root');
  else shell.effect('git.rebase', options.operands[0]?.text ?? null);
};

const bisect: GitCommand = (args, shell) => (args[0]?.text === 'run' ? shell.run(args.slice(1), 'git bisect run') : undefined);

const submodule: GitCommand = (args, shell) => {
  const operands = args.filter((arg) => !arg.text.startsWith('-'));
  const [verb, ...rest] = operands;
  if (verb?.text === 'foreach') {
    const words = args.slice(args.indexOf(verb) + 1).filter((arg) => !/^--(?:recursive|quiet)$/.test(arg.text));
    return void (words.length === 1 && words[0]
      ? shell.script(words[0], 'git submodule foreach')
      : shell.run(words, 'git submodule foreach'));
  }
  if (verb?.text === 'add' && rest[0]) remoteHost(rest[0], shell, 'net.fetch');
  if (verb?.text === 'deinit' && args.some((arg) => /^(?:-f|--force)$/.test(arg.text)))
    shell.effect('git.discard', 'submodule deinit --force');
};

const filterBranch: GitCommand = (args, shell) => {
  shell.effect('git.history', 'filter-branch');
  const options = parseOptions(args, {
    long: ['tree-filter=', 'index-filter=', 'msg-filter=', 'env-filter=', 'commit-filter=', 'parent-filter=', 'tag-name-filter=', 'setup='],
    short: 'd',
  });
  for (const text of options.values(
    'tree-filter',
    'index-filter',
    'msg-filter',
    'env-filter',
    'commit-filter',
    'parent-filter',
    'tag-name-filter',
    'setup',
  ))
    shell.script(text, 'git filter-branch');
};

const remote: GitCommand = (args, shell) => {
  const [verb, ...rest] = args.filter((arg) => !arg.text.startsWith('-'));
  if (/^(?:add|set-url|rename|remove|rm|set-head|prune)$/.test(verb?.text ?? '') && verb?.text !== 'prune') {
    shell.effect('git.remote', rest.at(-1)?.text ?? null);
    const url = rest.at(-1);
    if (url?.text.startsWith('ext::')) shell.script(withText(url, url.text.slice(5).replace(/%S.*$/, '')), 'git ext::');
  }
};

const clone: GitCommand = (args, shell) => {
  const options = parseOptions(args, {
    short: 'bcjou',
    long: ['branch=', 'config=', 'depth=', 'origin=', 'upload-pack=', 'template=', 'reference=', 'separate-git-dir=', 'filter=', 'jobs='],
  });
  const program = options.value('u', 'upload-pack');
  if (program) shell.script(program, 'git clone -u');
  if (options.value('template')) shell.effect('exec.hook', `template ${options.value('template')?.text ?? ''}`);
  for (const value of options.values('c', 'config')) override(value, new Map(), shell);
  const [url, folder] = options.operands;
  if (url) remoteHost(url, shell, 'net.fetch');
  const name = folder ?? withText(url ?? field('.'), (url?.text ?? '').replace(/\.git\/?$/, '').replace(/^.*[/:]/, '') || '\uE000');
  shell.writes(name);
};

const fetch: GitCommand = (args, shell) => {
  const options = parseOptions(args, { short: 'joR', long: ['upload-pack=', 'depth=', 'server-option=', 'receive-pack=', 'exec='] });
  const program = options.value('upload-pack', 'exec');
  if (program) shell.script(program, 'git fetch --upload-pack');
  for (const target of options.operands.slice(0, 1)) remoteHost(target, shell, 'net.fetch');
};

const tool: GitCommand = (args, shell) => {
  const options = parseOptions(args, { short: 'xtu', long: ['extcmd=', 'tool=', 'run=', 'instruction-format='] });
  for (const text of options.values('x', 'extcmd')) shell.script(text, 'git difftool -x');
};

const p4: GitCommand = (args, shell) => {
  const options = parseOptions(args, { long: ['smtp-server=', 'to=', 'sendmail-cmd=', 'to-cmd=', 'cc-cmd=', 'header-cmd='] });
  for (const text of options.values('sendmail-cmd', 'to-cmd', 'cc-cmd', 'header-cmd')) shell.script(text, 'git send-email');
  if (!options.has('dry-run')) shell.effect('net.upload', options.value('smtp-server')?.text ?? null);
};

const COMMANDS: Readonly<Record<string, GitCommand>> = {
  commit,
  merge: merging('merge'),
  am: merging('am'),
  'cherry-pick': merging('cherry-pick'),
  revert: merging('revert'),
  pull: merging('pull'),
  rebase,
  bisect,
  submodule,
  'filter-branch': filterBranch,
  'filter-repo': (_, shell) => shell.effect('git.history', 'filter-repo'),
  replace: (args, shell) => (args.some((arg) => arg.text === '-l') ? undefined : shell.effect('git.history', 'replace')),
  'fast-import': (_, shell) => shell.effect('git.history', 'fast-import'),
  remote,
  clone,
  fetch,
  'ls-remote': fetch,
  difftool: tool,
  mergetool: tool,
  'send-email': p4,
  'imap-send': (_, shell) => shell.effect('net.upload', 'imap'),
  instaweb: (_, shell) => shell.effect('net.listen', 'git instaweb'),
  daemon: (_, shell) => shell.effect('net.listen', 'git daemon'),
  init: (args, shell) => {
    const options = parseOptions(args, { short: 'b', long: ['template=', 'separate-git-dir=', 'initial-branch='] });
    if (options.value('template')) shell.effect('exec.hook', `template ${options.value('template')?.text ?? ''}`);
    if (options.operands[0]) shell.writes(options.operands[0]);
  },
  ...lookups,
  ...configures,
  ...discards,
  ...pushes,
};

/** git and what stands for it. */
export const GIT: Handlers = {
  git,
  hub: git,
  yadm: git,
  'git-filter-repo': (_, shell) => shell.effect('git.history', 'filter-repo'),
  bfg: (_, shell) => shell.effect('git.history', 'bfg'),
};
