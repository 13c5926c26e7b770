/** Commands of git that lose work: what is not committed, or what nothing points at any more. Source: the git manual pages. */
import type { Field } from '../types.ts';
import type { GitCommand } from './git.ts';
import { parseOptions } from './options.ts';

const reset: GitCommand = (args, shell) => {
  const options = parseOptions(args, { long: ['hard', 'merge', 'keep', 'soft', 'mixed', 'pathspec-from-file='] });
  if (options.has('hard', 'merge')) shell.effect('git.discard', options.has('hard') ? 'reset --hard' : 'reset --merge');
  else if (options.has('keep')) shell.effect('git.discard', 'reset --keep', { certain: false });
};

const clean: GitCommand = (args, shell) => {
  const options = parseOptions(args, { short: 'e', long: ['dry-run', 'force', 'exclude=', 'interactive'] });
  if (options.has('n', 'dry-run')) return;
  if (options.has('f', 'force')) shell.effect('git.discard', 'clean --force');
};

const checkout: GitCommand = (args, shell) => {
  const dashes = args.findIndex((arg) => arg.text === '--');
  const options = parseOptions(dashes < 0 ? args : args.slice(0, dashes), {
    short: 'bB',
    long: ['force', 'ours', 'theirs', 'orphan=', 'pathspec-from-file=', 'patch', 'detach', 'track', 'merge', 'conflict='],
  });
  if (options.has('f', 'force')) return shell.effect('git.discard', 'checkout --force');
  const paths = dashes < 0 ? [] : args.slice(dashes + 1);
  if (options.has('b', 'orphan')) return;
  if (options.has('B')) return shell.effect('git.discard', 'checkout -B', { certain: false });
  const named = [...paths, ...options.operands.filter(isPath), ...options.operands.slice(1)];
  if (named.length > 0 || options.has('pathspec-from-file', 'p', 'patch'))
    shell.effect('git.discard', `checkout ${named.map((path) => path.text).join(' ')}`);
};

/** A path rather than a branch: `.`, `./x`, `*.ts`, `src/`. */
function isPath(word: Field): boolean {
  return (
    /^(?:\.{1,2}(?:\/.*)?|:.*|.*[*?].*|.*\/)$|^[^\s]*\.(?:[cm]?[jt]sx?|json|py|rs|go|java|kt|rb|php|c|h|cpp|hpp|cs|md|txt|ya?ml|toml|lock|html|s?css|sh|sql|xml|gradle|swift)$/.test(
      word.text,
    ) || word.text.includes('\uE001')
  );
}

const restore: GitCommand = (args, shell) => {
  const options = parseOptions(args, {
    short: 's',
    long: ['source=', 'staged', 'worktree', 'patch', 'ours', 'theirs', 'pathspec-from-file=', 'merge'],
  });
  const staged = options.has('S', 'staged') && !options.has('W', 'worktree');
  if (!staged) shell.effect('git.discard', `restore ${options.operands.map((path) => path.text).join(' ')}`);
};

const switchTo: GitCommand = (args, shell) => {
  const options = parseOptions(args, { short: 'cC', long: ['discard-changes', 'force', 'create=', 'force-create=', 'detach', 'orphan='] });
  if (options.has('discard-changes', 'f', 'force')) shell.effect('git.discard', 'switch --discard-changes');
  else if (options.has('C', 'force-create')) shell.effect('git.discard', 'switch -C', { certain: false });
};

const branch: GitCommand = (args, shell) => {
  const options = parseOptions(args, {
    short: 'u',
    long: ['delete', 'force', 'move', 'copy', 'set-upstream-to=', 'list', 'contains=', 'merged', 'format=', 'sort='],
  });
  const forced = options.has('f', 'force');
  if (options.has('D') || (options.has('d', 'delete') && forced)) shell.effect('git.discard', `branch -D ${list(options.operands)}`);
  else if (options.has('M', 'C') && options.operands.length > 1)
    shell.effect('git.discard', `branch -M ${list(options.operands)}`, { certain: false });
  else if (forced && options.operands.length > 0) shell.effect('git.discard', `branch -f ${list(options.operands)}`);
};

const tag: GitCommand = (args, shell) => {
  const options = parseOptions(args, { short: 'mFun', long: ['delete', 'force', 'message=', 'list', 'file=', 'sort=', 'format='] });
  if (options.has('d', 'delete') || options.has('f', 'force'))
    shell.effect('git.discard', `tag -d ${list(options.operands)}`, { certain: false });
};

const stash: GitCommand = (args, shell) => {
  const verb = args[0]?.text ?? '';
  if (verb === 'drop' || verb === 'clear') shell.effect('git.discard', `stash ${verb}`);
};

const worktree: GitCommand = (args, shell) => {
  const options = parseOptions(args.slice(1), { short: 'b', long: ['force', 'detach', 'lock', 'reason='] });
  const verb = args[0]?.text ?? '';
  if (verb === 'remove' && options.has('f', 'force')) shell.effect('git.discard', `worktree remove --force ${list(options.operands)}`);
  if (verb === 'add' && options.operands[0]) shell.writes(options.operands[0]);
};

const reflog: GitCommand = (args, shell) => {
  const verb = args[0]?.text ?? '';
  if ((verb === 'expire' || verb === 'delete' || verb === 'drop') && !args.some((arg) => /^(?:-n|--dry-run)$/.test(arg.text)))
    shell.effect('git.history', `reflog ${verb}`);
};

const gc: GitCommand = (args, shell) => {
  const options = parseOptions(args, { long: ['prune=', 'aggressive', 'auto', 'expire='] });
  const when = options.value('prune', 'expire');
  if (when && /now|all|\d+\.?(?:seconds?|minutes?)/.test(when.text)) shell.effect('git.history', `gc --prune=${when.text}`);
};

const prune: GitCommand = (args, shell) => {
  if (!args.some((arg) => /^(?:-n|--dry-run)$/.test(arg.text))) shell.effect('git.history', 'prune');
};

const updateRef: GitCommand = (args, shell) => {
  const options = parseOptions(args, { short: 'm', long: ['stdin', 'no-deref', 'create-reflog'] });
  if (options.has('d')) shell.effect('git.history', `update-ref -d ${list(options.operands)}`);
  else shell.effect('git.discard', `update-ref ${list(options.operands)}`, { certain: false });
};

const indexed: GitCommand = (args, shell) => {
  if (args.some((arg) => /^-\w*f|^--force$/.test(arg.text)) && args.some((arg) => /^-\w*a|^--all$|\./.test(arg.text)))
    shell.effect('git.discard', 'checkout-index --force');
};

const readTree: GitCommand = (args, shell) => {
  if (args.some((arg) => arg.text === '--reset') && args.some((arg) => /^-\w*u$/.test(arg.text)))
    shell.effect('git.discard', 'read-tree --reset -u');
};

function list(operands: readonly Field[]): string {
  return operands.map((one) => one.text).join(' ');
}

/** `git rebase --abort` and the like keep what was committed, so they are not here. */
export const discards: Readonly<Record<string, GitCommand>> = {
  reset,
  clean,
  checkout,
  restore,
  switch: switchTo,
  branch,
  tag,
  stash,
  worktree,
  reflog,
  gc,
  prune,
  'update-ref': updateRef,
  'checkout-index': indexed,
  'read-tree': readTree,
  maintenance: gc,
};
