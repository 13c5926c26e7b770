/** Commands of git that show something or change files only. Source: the git manual pages. */
import { FROM_NET, type Stream } from '../types.ts';
import type { GitCommand } from './git.ts';
import { field, pathStream, withText } from './help.ts';
import { parseOptions } from './options.ts';

const grep: GitCommand = (args, shell) => {
  const at = args.findIndex((arg) => /^-O|^--open-files-in-pager/.test(arg.text));
  const arg = args[at];
  const program = arg?.text.replace(/^-O|^--open-files-in-pager=?/, '');
  if (arg && program) shell.script(withText(arg, program), 'git grep -O');
  return args.some((one) => /^(?:-l|--files-with-matches|--name-only)$/.test(one.text)) ? listing() : undefined;
};

/** Names of files in the repository. */
function listing(): Stream {
  return pathStream([field('\uE000')]);
}

const show: GitCommand = (args, shell) => {
  const external = args.find((arg) => /^--(?:ext-diff|textconv)$/.test(arg.text));
  const output = args.findIndex((arg) => /^--output(?:=|$)/.test(arg.text));
  const file = args[output];
  if (output >= 0 && file)
    shell.writes(file.text.includes('=') ? withText(file, file.text.slice(file.text.indexOf('=') + 1)) : (args[output + 1] ?? file));
  void external;
  return args.some((arg) => /^--name-only$/.test(arg.text)) ? listing() : undefined;
};

const credential: GitCommand = (args, shell) => {
  if (/^(?:fill|get)$/.test(args[0]?.text ?? '')) shell.effect('secret.helper', 'git credential');
};

const apply: GitCommand = (args, shell, cmd) => {
  const options = parseOptions(args, { short: 'pC', long: ['directory=', 'check', 'stat', 'numstat', 'summary', 'exclude='] });
  if (options.has('check', 'stat', 'numstat', 'summary')) return;
  if (cmd.stdin.taint & FROM_NET) shell.effect('write.create', shell.workspace, { scope: 'workspace' });
};

const rm: GitCommand = (args, shell) => {
  const options = parseOptions(args, { long: ['cached', 'force', 'dry-run', 'quiet', 'pathspec-from-file='] });
  if (options.has('cached', 'n', 'dry-run')) return;
  for (const path of options.operands) shell.deletes(path, options.has('r') ? 'delete.recursive' : 'delete.file');
  if (options.has('f', 'force')) shell.effect('git.discard', 'rm --force');
};

const mv: GitCommand = (args, shell) => {
  const options = parseOptions(args);
  const [from, to] = [options.operands.slice(0, -1), options.operands.at(-1)];
  for (const path of from) shell.deletes(path, 'write.move');
  if (to) shell.writes(to);
};

const revParse: GitCommand = (args, shell) => {
  const all = args.map((arg) => arg.text);
  if (all.includes('--show-toplevel'))
    return {
      text: `${shell.place(shell.cwd).scope === 'workspace' || shell.place(shell.cwd).scope === 'root' ? shell.workspace : '\uE001'}\n`,
      paths: null,
      taint: 0,
    };
  if (all.some((one) => /^--(?:git-dir|git-common-dir|absolute-git-dir)$/.test(one))) return { text: '.git\n', paths: null, taint: 0 };
  return { text: '\uE000', paths: null, taint: 0 };
};

const short: GitCommand = () => ({ text: '\uE000', paths: null, taint: 0 });

const archive: GitCommand = (args, shell) => {
  const options = parseOptions(args, { short: 'o', long: ['output=', 'remote=', 'exec=', 'format=', 'prefix='] });
  const output = options.value('o', 'output');
  if (output) shell.writes(output);
  const program = options.value('exec');
  if (program) shell.script(program, 'git archive --exec');
};

/** By name. */
export const lookups: Readonly<Record<string, GitCommand>> = {
  grep,
  show,
  log: show,
  diff: show,
  'format-patch': show,
  'ls-files': listing,
  'ls-tree': listing,
  'diff-tree': show,
  'diff-index': show,
  credential,
  'credential-store': credential,
  'credential-cache': credential,
  'credential-manager': credential,
  apply,
  rm,
  mv,
  'rev-parse': revParse,
  'rev-list': short,
  'merge-base': short,
  describe: short,
  'symbolic-ref': short,
  archive,
};
