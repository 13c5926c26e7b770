/** Files that get names by a rule: temporary ones, renamed ones, pieces. Sources: mktemp(1), rename(1), split(1), GTFOBins: split. */
import type { Handler, Handlers } from '../types.ts';
import { field, textStream, withText } from './help.ts';
import { parseOptions } from './options.ts';

const mktemp: Handler = (cmd) => {
  const options = parseOptions(cmd.args, { short: 'p', long: ['tmpdir', 'suffix='] });
  const folder = options.value('p')?.text ?? (options.value('tmpdir')?.text || '/tmp');
  const [template] = options.operands;
  const path = template
    ? template.text.startsWith('/')
      ? template.text
      : options.has('t', 'p', 'tmpdir')
        ? `${folder}/${template.text}`
        : template.text
    : `${folder}/tmp.XXXXXXXXXX`;
  const made = path.replace(/X{3,}/, '\uE000');
  return textStream(`${made}\n`);
};

const rename: Handler = (cmd, shell) => {
  const options = parseOptions(cmd.args);
  const [expression, ...rest] = options.operands;
  if (expression && /^[sy]\//.test(expression.text)) shell.code('perl', expression, 'rename');
  if (!options.has('n', 'nono'))
    for (const path of rest.slice(/^[sy]\//.test(expression?.text ?? '') ? 0 : 1)) shell.deletes(path, 'write.move');
};

const split: Handler = (cmd, shell) => {
  const options = parseOptions(cmd.args, {
    short: 'abClnt',
    long: ['filter=', 'bytes=', 'lines=', 'suffix-length=', 'additional-suffix=', 'number='],
  });
  const filter = options.value('filter');
  if (filter) shell.script(filter, 'split --filter', { stdin: cmd.stdin });
  const [input, prefix] = options.operands;
  if (input && input.text !== '-') shell.reads(input);
  shell.writes(withText(prefix ?? field('x'), `${prefix?.text ?? 'x'}\uE000`));
};

/** By name. */
export const NAMING: Handlers = { mktemp, tempfile: mktemp, rename, prename: rename, split };
