/** Settings by which git runs programs. Source: git-config(1), gitattributes(5), githooks(5). */
import type { Field, Shell } from '../types.ts';
import type { GitCommand } from './git.ts';
import { parseOptions } from './options.ts';

/** The value is a command. */
const COMMAND_KEY =
  /^(?:core\.(?:pager|editor|sshcommand|askpass|fsmonitor|gitproxy|alternaterefscommand)|sequence\.editor|pager\..+|diff\.(?:external|.+\.(?:command|textconv))|difftool\..+\.cmd|mergetool\..+\.cmd|merge\..+\.driver|filter\..+\.(?:clean|smudge|process)|credential(?:\..+)?\.helper|gpg(?:\..+)?\.program|browser\..+\.cmd|man\..+\.cmd|interactive\.difffilter|sendemail\..*cmd|uploadpack\.packobjectshook|remote\..+\.(?:uploadpack|receivepack|vcs)|submodule\..+\.update|trailer\..+\.(?:command|cmd)|web\.browser|init\.templatedir|tar\..+\.command|transfer\.credentialsinurl|ssh\.variant)$/i;
const PATH_KEY =
  /^(?:core\.(?:hookspath|worktree|attributesfile)|include\.path|includeif\..+\.path|init\.templatedir|commit\.template|protocol\.ext\.allow|url\..+\.(?:insteadof|pushinsteadof)|http\.(?:.+\.)?(?:proxy|sslverify)|safe\.directory)$/i;
const HARMLESS_VALUE =
  /^(?:cat|less(?: -\w+)*|more|delta|bat|diff-so-fancy.*|vim?|nvim|nano|emacs|code(?: --wait)?|true|false|:|store|cache(?: .*)?|osxkeychain|manager|libsecret|gpg2?|ssh-keygen|git-lfs .*|ours|)$/;

/** A setting made for one command (`-c`) or for good. */
export function setting(name: string, value: Field, shell: Shell, lasting: boolean): void {
  if (/^alias\./i.test(name)) {
    if (value.text.startsWith('!')) {
      shell.effect('git.config', name);
      shell.script({ ...value, text: value.text.slice(1) }, 'git alias');
    } else shell.script({ ...value, text: `git ${value.text}` }, 'git alias', { uncertain: true });
    return;
  }
  if (/^core\.hookspath$/i.test(name)) {
    if (value.text === '/dev/null' || value.text === '') shell.effect('git.hooks-skip', `${name}=${value.text}`);
    else if (!/^(?:\.husky(?:\/_)?|\.githooks|\.hooks|hooks|scripts\/hooks|git-hooks)\/?$/.test(value.text))
      shell.effect('git.config', `${name}=${value.text}`);
    return;
  }
  if (COMMAND_KEY.test(name)) {
    const text = value.text.replace(/^!/, '');
    if (HARMLESS_VALUE.test(text)) return;
    shell.effect('git.config', `${name}=${value.text}`);
    if (!/credential/i.test(name) || value.text.startsWith('!') || text.includes('/')) shell.script({ ...value, text }, `git ${name}`);
    return;
  }
  if (
    /^gc\.(?:.*\.)?(?:reflogexpire\w*|pruneexpire|worktreepruneexpire)$/i.test(name) &&
    /^(?:now|all|0\b|\d+\.(?:seconds?|minutes?))/.test(value.text)
  )
    shell.effect('git.history', `${name}=${value.text}`);
  if (PATH_KEY.test(name)) shell.effect('git.config', `${name}=${value.text}`);
  void lasting;
}

const config: GitCommand = (args, shell) => {
  const options = parseOptions(args, {
    short: 'f',
    long: [
      'file=',
      'blob=',
      'type=',
      'default=',
      'get',
      'get-all',
      'get-regexp',
      'list',
      'unset',
      'unset-all',
      'global',
      'system',
      'local',
      'worktree',
      'add',
      'replace-all',
      'edit',
      'rename-section',
      'remove-section',
      'comment=',
      'value=',
    ],
  });
  const verbs = new Set(['set', 'get', 'list', 'unset', 'edit', 'rename-section', 'remove-section', 'get-color']);
  const operands = verbs.has(options.operands[0]?.text ?? '') ? options.operands.slice(1) : options.operands;
  const verb = operands === options.operands ? '' : (options.operands[0]?.text ?? '');
  if (options.has('l', 'list', 'get', 'get-all', 'get-regexp', 'get-urlmatch') || /^(?:get|list)/.test(verb)) return;
  const file = options.value('f', 'file');
  if (file) shell.writes(file);
  const [name, value] = operands;
  if (!name || (!value && !options.has('unset', 'unset-all', 'remove-section') && verb === '' && operands.length < 2)) return;
  if (options.has('system')) shell.effect('git.config', name.text);
  if (name.text.includes('\uE001')) return shell.unknown('target', 'which setting of git is changed cannot be told', name.span);
  if (value) setting(name.text, value, shell, true);
};

/** Commands that change settings. */
export const configures: Readonly<Record<string, GitCommand>> = { config };
