/** Looking for files, and running something on each. Sources: find(1), fd(1), GTFOBins: find, fd. */
import type { Field, Handler, Handlers, Shell } from '../types.ts';
import { field, pathStream, withText } from './help.ts';
import { parseOptions } from './options.ts';

const EXEC = /^-(?:exec|execdir|ok|okdir)$/;
const FILTER =
  /^-(?:i?name|i?path|i?wholename|i?regex|mtime|mmin|atime|amin|ctime|cmin|size|empty|newer\w*|user|group|perm|links|inum|lname|ilname|samefile|nouser|nogroup)$/;
const TESTS_WITH_VALUE =
  /^-(?:i?name|i?path|i?wholename|i?regex|regextype|mtime|mmin|atime|amin|ctime|cmin|size|newer\w*|user|group|perm|type|xtype|maxdepth|mindepth|fstype|printf|links|inum|uid|gid|lname|ilname|samefile|used|context|fls|fprint|fprint0)$/;

const find: Handler = (cmd, shell) => {
  const start = cmd.args.findIndex((arg) => /^(?:-(?![HLPDO])|[()!,])/.test(arg.text));
  const roots = start < 0 ? cmd.args : cmd.args.slice(0, start);
  const folders = roots.filter((arg) => !/^-[HLP]$|^-[DO]/.test(arg.text));
  if (folders.length === 0) folders.push(field('.'));
  const tests = start < 0 ? [] : cmd.args.slice(start);
  const filtered =
    tests.some(
      (arg, index) =>
        FILTER.test(arg.text) &&
        !/^\*?$/.test(tests[index + 1]?.text ?? '*') &&
        tests[index - 1]?.text !== '!' &&
        tests[index - 1]?.text !== '-not',
    ) || tests.some((arg) => arg.text === '-empty');
  const below = tests.some((arg, index) => arg.text === '-mindepth' && tests[index + 1]?.text !== '0');
  const found = folders.flatMap((folder) => hits(folder, tests, filtered, below));
  for (let at = 0; at < tests.length; at += 1) {
    const test = tests[at]?.text ?? '';
    if (test === '-delete') for (const path of found) shell.deletes(path, filtered ? 'delete.file' : 'delete.recursive');
    else if (/^-f(?:print0?|printf|ls)$/.test(test) && tests[at + 1]) shell.writes(tests[at + 1] ?? field('.'));
    else if (EXEC.test(test)) at = execute(tests, at, found, shell);
    else if (TESTS_WITH_VALUE.test(test)) at += 1;
  }
  return pathStream(found);
};

/** What is found below a folder: one path that stands for all. */
function hits(folder: Field, tests: readonly Field[], filtered: boolean, below: boolean): Field[] {
  const base = folder.text.replace(/\/+$/, '') || (folder.text.startsWith('/') ? '/' : '.');
  if (!filtered) return below ? [{ ...withText(folder, `${base === '/' ? '' : base}/*`), glob: true }] : [withText(folder, base)];
  const at = tests.findIndex((arg) => arg.text === '-name' || arg.text === '-iname');
  const name = tests[at + 1]?.text ?? '';
  const plain = at >= 0 && /^[\w.-]+$/.test(name) && !tests.some((arg) => arg.text === '-o' || arg.text === '-or') ? name : '\uE000';
  return [withText(folder, `${base === '/' ? '' : base}/${plain}`)];
}

function execute(tests: readonly Field[], at: number, found: readonly Field[], shell: Shell): number {
  let end = at + 1;
  while (end < tests.length && tests[end]?.text !== ';' && !(tests[end]?.text === '+' && tests[end - 1]?.text === '{}')) end += 1;
  const words = tests.slice(at + 1, end);
  for (const path of found) {
    const filled = words.map((word) =>
      word.text.includes('{}') ? { ...word, text: word.text.replaceAll('{}', path.text), glob: word.glob || path.glob } : word,
    );
    shell.run(filled, `find ${tests[at]?.text ?? ''}`);
  }
  return end;
}

const fd: Handler = (cmd, shell) => {
  const at = cmd.args.findIndex((arg) => /^(?:-x|-X|--exec|--exec-batch)$/.test(arg.text));
  const words = at < 0 ? [] : cmd.args.slice(at + 1);
  const operands = parseOptions(at < 0 ? cmd.args : cmd.args.slice(0, at), {
    short: 'etdEcSxXj',
    long: ['extension=', 'type=', 'max-depth=', 'exclude='],
  }).operands;
  const found = (operands.length > 1 ? operands.slice(1) : [field('.')]).map((folder) => withText(folder, `${folder.text}/\uE000`));
  if (words.length > 0) {
    const marked = words.some((word) => /\{[./]*\}/.test(word.text));
    for (const path of found)
      shell.run(
        marked
          ? words.map((word) =>
              withText(
                word,
                word.text.replace(/\{[./]*\}/g, () => path.text),
              ),
            )
          : [...words, path],
        'fd -x',
      );
  }
  return pathStream(found);
};

/** By name. */
export const FIND: Handlers = { find, fd, fdfind: fd };
