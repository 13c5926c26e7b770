/** `git push` in all its ways. Source: git-push(1). */
import type { Field, Shell } from '../types.ts';
import type { GitCommand } from './git.ts';
import { remoteHost } from './git-remote.ts';
import { parseOptions } from './options.ts';

const LONG = ['force', 'force-with-lease', 'force-if-includes', 'delete', 'mirror', 'prune', 'all', 'tags', 'follow-tags', 'dry-run', 'no-verify', 'set-upstream', 'repo=', 'receive-pack=', 'exec=', 'push-option=', 'porcelain', 'signed', 'atomic', 'thin', 'quiet', 'verbose', 'progress', 'recurse-submodules=', 'branches', 'no-force-with-lease']; // prettier-ignore

const push: GitCommand = (args, shell) => {
  const options = parseOptions(args, { short: 'o', long: LONG });
  const [target, ...refs] = options.operands;
  const program = options.value('receive-pack', 'exec');
  if (program) shell.script(program, 'git push --receive-pack');
  if (options.has('n', 'dry-run')) return;
  if (target) remoteHost(target, shell, 'net.connect');
  if (options.has('no-verify')) shell.effect('git.hooks-skip', 'push --no-verify');
  const branch = refs.map((ref) => ref.text).join(' ') || (target?.text ?? null);
  if (options.has('f', 'force', 'mirror', 'prune') || refs.some(forced)) shell.effect('git.push-force', branch);
  else if (options.has('force-with-lease', 'force-if-includes')) shell.effect('git.push-lease', branch);
  if (options.has('d', 'delete') || refs.some((ref) => /^\+?:[^:]/.test(ref.text))) shell.effect('git.push-delete', branch);
  unknownRef(refs, shell);
  shell.effect('git.push', branch);
};

function forced(ref: Field): boolean {
  return ref.text.startsWith('+');
}

function unknownRef(refs: readonly Field[], shell: Shell): void {
  for (const ref of refs)
    if (ref.text.startsWith('\uE001')) shell.unknown('target', 'which branch is pushed, and whether by force, cannot be told', ref.span);
}

/** Commands that send to another repository. */
export const pushes: Readonly<Record<string, GitCommand>> = {
  push,
  'send-pack': (args, shell) => {
    const options = parseOptions(args, { long: ['force', 'mirror', 'exec=', 'receive-pack='] });
    shell.effect(
      options.has('f', 'force', 'mirror') || options.operands.some(forced) ? 'git.push-force' : 'git.push',
      options.operands[0]?.text ?? null,
    );
  },
  'http-push': (_, shell) => shell.effect('git.push', null),
  svn: (args, shell) => (args[0]?.text === 'dcommit' ? shell.effect('git.push', 'svn') : undefined),
};
