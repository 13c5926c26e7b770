/** Looking for files and in files. Sources: find(1), fd(1), grep(1), rg(1), GTFOBins: find, fd, rg, sort, man, less. */
import { OWN_NAME } from '../tables/guards.ts';
import { FROM_GUARD, FROM_PROCESSES, type Field, type Handler, type Handlers, type Stream } from '../types.ts';
import { field, NOTHING, opaque, pathStream, withText } from './help.ts';
import { parseOptions } from './options.ts';

/** `grep`: the first operand is a pattern, the rest is read. */
const grep: Handler = (cmd, shell) => {
  const options = parseOptions(cmd.args, {
    short: 'efmABCgtTMjdD',
    long: [
      'regexp=',
      'file=',
      'max-count=',
      'context=',
      'after-context=',
      'before-context=',
      'include=',
      'exclude=',
      'exclude-dir=',
      'glob=',
      'type=',
      'pre=',
      'color',
      'colour',
      'recursive',
      'quiet',
      'files-with-matches',
      'replace=',
      'hostname-bin=',
      'pager=',
      'sort=',
      'iglob=',
      'type-not=',
      'type-add=',
      'max-depth=',
      'threads=',
    ],
  });
  const program = options.value('pre', 'hostname-bin');
  if (program) shell.script(program, `${cmd.name} --pre`);
  const pager = options.value('pager');
  if (pager && pager.text !== '') shell.script(pager, `${cmd.name} --pager`);
  for (const file of options.values('f', 'file')) if (file.text !== '-') shell.reads(file);
  const given = options.has('e', 'regexp', 'f', 'file', 'files');
  const files = given ? options.operands : options.operands.slice(1);
  for (const file of files) if (file.text !== '-') shell.reads(file);
  if (options.has('q', 'quiet', 'silent')) return NOTHING;
  if (cmd.stdin.taint & FROM_PROCESSES && cmd.args.some((arg) => OWN_NAME.test(arg.text)) && !options.has('v'))
    return opaque(cmd.stdin.taint | FROM_GUARD);
  if (options.has('l', 'L', 'files-with-matches', 'files-without-match', 'files')) {
    return pathStream(
      (files.length > 0 ? files : [field('.')]).map((file) => withText(file, file.glob ? file.text : `${file.text}/\uE000`)),
    );
  }
  // Lines picked from names stay names, from the same folders.
  return cmd.stdin.paths && files.length === 0 ? some(cmd.stdin.paths) : undefined;
};

/** Some of the names, no longer all of them. */
function some(paths: readonly Field[]): Stream {
  return pathStream(
    paths.map((path) => (/(?:^|\/)\*$/.test(path.text) ? { ...withText(path, path.text.replace(/\*$/, '\uE000')), glob: false } : path)),
  );
}

/** Programs that print what they read; of a list of names still a list of names. */
const filter: Handler = (cmd, shell) => {
  const options = parseOptions(cmd.args, {
    short: FILTER_SHORT[cmd.name] ?? '',
    long: [
      'lines=',
      'bytes=',
      'delimiter=',
      'fields=',
      'characters=',
      'output=',
      'key=',
      'field-separator=',
      'compress-program=',
      'files0-from=',
      'temporary-directory=',
      'follow',
      'width=',
    ],
  });
  const program = options.value('compress-program');
  if (program) shell.script(program, `${cmd.name} --compress-program`);
  const output =
    cmd.name === 'sort' || cmd.name === 'shuf' ? options.value('o', 'output') : cmd.name === 'uniq' ? options.operands[1] : undefined;
  if (output) shell.writes(output);
  const inputs = cmd.name === 'tr' ? [] : cmd.name === 'uniq' ? options.operands.slice(0, 1) : options.operands;
  for (const path of inputs) if (path.text !== '-' && !/^\+\d+$/.test(path.text)) shell.reads(path);
  if (inputs.length > 0) return undefined;
  if ((cmd.name === 'head' || cmd.name === 'tail') && cmd.stdin.paths) return some(cmd.stdin.paths);
  if (KEEPS.has(cmd.name)) return cmd.stdin.paths || cmd.name === 'cat' ? cmd.stdin : undefined;
  return undefined;
};

const KEEPS = new Set(['cat', 'head', 'tail', 'sort', 'uniq', 'shuf', 'tac', 'tee']);
const FILTER_SHORT: Readonly<Record<string, string>> = { head: 'nc', tail: 'ncs', sort: 'ktoSTm', uniq: 'fsw', cut: 'dfcb', shuf: 'on', tr: '', nl: 'bdfhilnsvw', fold: 'w', od: 'AjNtw', xxd: 'cglosn', hexdump: 'efns', base64: 'wbio', paste: 'd', column: 'tsoNcE', less: 'pPbhjkotTxyz', comm: '', join: 't12eoja', strings: 'neto', diff: 'UCIxXFW' }; // prettier-ignore

/** `jq filter files`: the first operand is no file. */
const jq: Handler = (cmd, shell) => {
  const options = parseOptions(cmd.args, { short: 'fL', long: ['from-file=', 'indent=', 'in-place', 'inplace'] });
  const named = new Set(['--arg', '--argjson', '--slurpfile', '--rawfile', '--args', '--jsonargs']);
  let skip = 0;
  const operands = cmd.args.filter((arg) => {
    if (skip > 0) return (skip -= 1) < 0;
    if (named.has(arg.text)) skip = 2;
    return !arg.text.startsWith('-');
  });
  const files = options.has('f', 'from-file') ? operands : operands.slice(1);
  const changes = cmd.name === 'yq' && options.has('i', 'in-place', 'inplace');
  for (const file of files)
    if (changes) shell.writes(file);
    else shell.reads(file);
};

const pager: Handler = (cmd, shell) => {
  const plus = cmd.args.find((arg) => /^\+.*!/.test(arg.text));
  if (plus) shell.script(withText(plus, plus.text.slice(plus.text.indexOf('!') + 1)), cmd.name);
  return filter(cmd, shell);
};

const man: Handler = (cmd, shell) => {
  const options = parseOptions(cmd.args, { short: 'PpHCLmMSsTr', long: ['pager=', 'preprocessor=', 'html='] });
  for (const program of options.values('P', 'pager', 'H', 'html')) if (program.text !== '') shell.script(program, 'man -P');
};

/** Text of `base64 -d` and its like, where it is known. */
const decode: Handler = (cmd, shell) => {
  const decodes = cmd.args.some((arg) => /^(?:-d|-D|--decode|-di|-r|-rp|-p)$/.test(arg.text));
  const output = filter(cmd, shell);
  if (!decodes || cmd.stdin.text === null) return output;
  return { text: decoded(cmd.name, cmd.stdin.text), paths: null, taint: cmd.stdin.taint };
};

function decoded(name: string, text: string): string | null {
  if (/[\uE000\uE001]/.test(text) || text.length > 32_768) return null;
  const plain = name === 'base64' ? Buffer.from(text, 'base64') : name === 'xxd' ? Buffer.from(text.replace(/\s/g, ''), 'hex') : undefined;
  const result = plain?.toString('utf8');
  return result === undefined || result.includes('\uFFFD') ? null : result;
}

const rev: Handler = (cmd, shell) => {
  const output = filter(cmd, shell);
  if (cmd.stdin.text === null || cmd.args.length > 0) return output;
  return {
    ...cmd.stdin,
    text: cmd.stdin.text
      .split('\n')
      .map((line) => Array.from(line).reverse().join(''))
      .join('\n'),
  };
};

/** Shows names, sizes and dates, never what a file holds. */
const names: Handler = (cmd) => {
  if (!/^(?:ls|dir|eza|exa|lsd)$/.test(cmd.name)) return undefined;
  const operands = cmd.args.filter((arg) => !arg.text.startsWith('-'));
  const folders = operands.length > 0 ? operands : [field('.')];
  // All that a folder holds is the folder.
  return pathStream(
    folders.map((folder) =>
      folder.glob ? folder : { ...folder, text: operands.length > 0 ? `${folder.text.replace(/\/$/, '')}/*` : '*', glob: true },
    ),
  );
};

/** A part of a path, by words. */
const pathPart: Handler = (cmd) => {
  const [path] = cmd.args.filter((arg) => !arg.text.startsWith('-'));
  if (!path) return undefined;
  const { text } = path;
  if (cmd.name === 'basename')
    return { text: /[\uE001*]/.test(text) ? '\uE000' : `${text.replace(/\/+$/, '').split('/').at(-1) ?? ''}\n`, paths: null, taint: 0 };
  if (cmd.name === 'dirname')
    return { text: `${text.includes('/') ? text.replace(/\/+$/, '').replace(/\/[^/]*$/, '') || '/' : '.'}\n`, paths: null, taint: 0 };
  return { text: `${text}\n`, paths: null, taint: 0 };
};

const short: Handler = () => ({ text: '\uE000', paths: null, taint: 0 });

function all(list: string, handler: Handler): Handlers {
  return Object.fromEntries(list.split(' ').map((name) => [name, handler]));
}

/** Searching and reading. */
export const SEARCH: Handlers = {
  ...all('grep egrep fgrep rg ag ack zgrep ugrep', grep),
  ...all(
    'cat head tail sort uniq cut tr tac nl fold od hexdump paste column comm join strings diff shuf wc bat batcat zcat gzcat bzcat xzcat zstdcat fmt expand unexpand cksum md5sum sha1sum sha256sum sha512sum b2sum sum cmp iconv look tsort pr numfmt colordiff sdiff diff3 vimdiff hd xmllint csvcut glow mdcat pygmentize highlight antiword pdftotext tokei cloc scc',
    filter,
  ),
  ...all('less more most view', pager),
  ...all('base64 base32 basenc xxd uudecode', decode),
  ...all('ls dir vdir eza exa lsd tree stat file du df namei lsattr getfacl lsof fuser which whereis type locate', names),
  ...all(
    'date nproc uname whoami id hostname uptime arch seq expr bc dc tput getconf uuidgen sleep cal tty logname groups users who w',
    short,
  ),
  ...all('basename dirname realpath readlink', pathPart),
  jq,
  yq: jq,
  xq: jq,
  gojq: jq,
  man,
  rev,
};
