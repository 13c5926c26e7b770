/** Archives: what they pack, unpack and run. Sources: tar(1), zip(1), unzip(1), cpio(1), 7z, GTFOBins: tar, zip, cpio. */
import type { Field, Handler, Handlers, Stream } from '../types.ts';
import { field, itemsOf, NOTHING } from './help.ts';
import { parseOptions, type Options } from './options.ts';

const TAR_LONG = ['checkpoint-action=', 'to-command=', 'use-compress-program=', 'rsh-command=', 'info-script=', 'new-volume-script=', 'file=', 'directory=', 'files-from=', 'exclude=', 'create', 'extract', 'get', 'list', 'append', 'update', 'delete', 'remove-files', 'checkpoint', 'strip-components=', 'transform=', 'owner=', 'group=', 'mode=', 'newer=', 'gzip', 'to-stdout', 'absolute-names', 'overwrite', 'exclude-from=']; // prettier-ignore

const tar: Handler = (cmd, shell) => {
  // The first word may be a cluster without a dash: `tar czf out.tgz src`.
  const [first, ...rest] = cmd.args;
  const bundled = first && /^[A-Za-z]+$/.test(first.text) ? [...unbundle(first, rest)] : cmd.args;
  const options = parseOptions(bundled, { short: 'fCTIFHXKLNVbgs', long: TAR_LONG });
  for (const action of options.values('checkpoint-action'))
    if (action.text.startsWith('exec=')) shell.script({ ...action, text: action.text.slice(5) }, 'tar --checkpoint-action');
  for (const text of options.values('to-command', 'use-compress-program', 'I', 'rsh-command', 'info-script', 'new-volume-script', 'F'))
    shell.script(text, 'tar');
  const file = options.value('f', 'file');
  const cwd = options.value('C', 'directory');
  const from = options.operands.map((path) => inside(path, cwd));
  if (options.has('c', 'create', 'r', 'append', 'u', 'update')) return pack(options, file, from, cmd.stdin, shell);
  if (file && file.text !== '-') shell.reads(file);
  if (options.has('x', 'extract', 'get') && !options.has('O', 'to-stdout', 'to-command')) {
    const target = cwd ?? shell.cwd;
    shell.writes({ ...target, text: `${target.text.replace(/\/$/, '')}/\uE000` });
    if (options.has('P', 'absolute-names')) shell.unknown('target', 'the archive names the places itself');
    return NOTHING;
  }
  return undefined;
};

function pack(options: Options, file: Field | undefined, from: readonly Field[], stdin: Stream, shell: Parameters<Handler>[1]): undefined {
  const list = options.value('T', 'files-from');
  for (const path of list ? (list.text === '-' ? (itemsOf(stdin) ?? []) : [list]) : []) shell.reads(path);
  for (const path of from) {
    shell.reads(path);
    if (options.has('remove-files')) shell.deletes(path, 'delete.recursive');
  }
  if (file && file.text !== '-') shell.writes(file);
}

/** `czf out.tgz` as `-c -z -f out.tgz`. */
function unbundle(first: Field, rest: readonly Field[]): Field[] {
  const words: Field[] = [];
  let next = 0;
  for (const letter of first.text) {
    words.push({ ...first, text: `-${letter}` });
    if ('fCTIFHXKLNVbgs'.includes(letter) && rest[next]) words.push(rest[next++] ?? first);
  }
  return [...words, ...rest.slice(next)];
}

function inside(path: Field, cwd: Field | undefined): Field {
  return cwd === undefined || path.text.startsWith('/') ? path : { ...path, text: `${cwd.text}/${path.text}` };
}

const zip: Handler = (cmd, shell) => {
  const options = parseOptions(cmd.args, {
    short: 'bntPixTsO',
    long: ['unzip-command=', 'exclude=', 'include=', 'output-file=', 'move', 'test', 'password='],
  });
  const command = cmd.args.findIndex((arg) => /^(?:-TT|--unzip-command)$/.test(arg.text));
  const text = options.value('unzip-command') ?? (command < 0 ? undefined : cmd.args[command + 1]);
  if (text) shell.script(text, 'zip -TT');
  const [archive, ...files] = options.operands;
  for (const file of files) {
    shell.reads(file);
    if (options.has('m', 'move')) shell.deletes(file, 'delete.recursive');
  }
  if (archive && archive.text !== '-') shell.writes(archive);
};

const unzip: Handler = (cmd, shell) => {
  const options = parseOptions(cmd.args, { short: 'dPx' });
  const [archive] = options.operands;
  if (archive) shell.reads(archive);
  if (options.has('l', 'p', 't', 'v', 'Z', 'z')) return undefined;
  const target = options.value('d') ?? shell.cwd;
  shell.writes({ ...target, text: `${target.text}/\uE000` });
  return NOTHING;
};

/** Compresses its operands in place. */
const compress: Handler = (cmd, shell) => {
  const options = parseOptions(cmd.args, { short: 'STMbo', long: ['stdout', 'keep', 'suffix=', 'output='] });
  const kept = options.has('c', 'stdout', 't', 'l', 'test', 'list');
  for (const path of options.operands)
    if (kept) shell.reads(path);
    else shell.writes(path);
  const output = options.value('o', 'output');
  if (output) shell.writes(output);
};

const cpio: Handler = (cmd, shell) => {
  const options = parseOptions(cmd.args, { short: 'FOIHDEC', long: ['rsh-command=', 'file=', 'directory='] });
  const command = options.value('rsh-command');
  if (command) shell.script(command, 'cpio');
  if (options.has('i', 'extract', 'p', 'pass-through')) {
    const target = options.value('D', 'directory') ?? (options.has('p', 'pass-through') ? options.operands.at(-1) : undefined) ?? shell.cwd;
    shell.writes({ ...target, text: `${target.text}/\uE000` });
  }
  for (const path of options.has('o', 'create', 'p') ? (itemsOf(cmd.stdin) ?? []) : []) shell.reads(path);
};

const sevenZip: Handler = (cmd, shell) => {
  const [verb, ...rest] = cmd.args;
  const operands = rest.filter((arg) => !arg.text.startsWith('-'));
  const into = rest.find((arg) => arg.text.startsWith('-o'));
  const [archive, ...files] = operands;
  if (/^[xe]$/.test(verb?.text ?? '')) {
    const target = into ? { ...into, text: into.text.slice(2) } : field('.');
    return shell.writes({ ...target, text: `${target.text}/\uE000` });
  }
  for (const file of files) shell.reads(file);
  if (/^[aud]$/.test(verb?.text ?? '') && archive) shell.writes(archive);
  if (rest.some((arg) => arg.text === '-sdel')) for (const file of files) shell.deletes(file, 'delete.recursive');
};

const ar: Handler = (cmd, shell) => {
  const [, archive, ...files] = cmd.args;
  for (const file of files) shell.reads(file);
  if (archive && /[rqd]/.test(cmd.args[0]?.text ?? '')) shell.writes(archive);
};

/** Archives. */
export const ARCHIVES: Handlers = {
  tar,
  gtar: tar,
  bsdtar: tar,
  zip,
  unzip,
  gzip: compress,
  gunzip: compress,
  pigz: compress,
  bzip2: compress,
  bunzip2: compress,
  xz: compress,
  unxz: compress,
  zstd: compress,
  lz4: compress,
  brotli: compress,
  cpio,
  '7z': sevenZip,
  '7za': sevenZip,
  '7zz': sevenZip,
  rar: sevenZip,
  ar,
};
