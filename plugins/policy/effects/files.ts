/** Files and folders: deleted, written, moved, linked, read. Sources: coreutils manual, util-linux, tar(1), zip(1), dd(1). */
import { FROM_FILE, type Field, type Handler, type Handlers, type Shell } from '../types.ts';
import { field, NOTHING, SOME_FILE, textStream, withText } from './help.ts';
import { parseOptions, type Options } from './options.ts';

const rm: Handler = (cmd, shell) => {
  const options = parseOptions(cmd.args, {
    long: [
      'force',
      'interactive',
      'recursive',
      'dir',
      'one-file-system',
      'no-preserve-root',
      'preserve-root',
      'verbose',
      'help',
      'version',
    ],
  });
  if (options.has('help', 'version')) return;
  const recursive = options.has('r', 'R', 'recursive');
  for (const path of options.operands) shell.deletes(path, recursive ? 'delete.recursive' : 'delete.file');
};

const rmdir: Handler = (cmd, shell) => {
  for (const path of parseOptions(cmd.args).operands) shell.deletes(path);
};

const shred: Handler = (cmd, shell) => {
  const options = parseOptions(cmd.args, { short: 'ns', long: ['iterations=', 'size=', 'random-source=', 'remove'] });
  for (const path of options.operands)
    if (options.has('u', 'remove')) shell.deletes(path);
    else shell.writes(path, 'delete.truncate');
};

const truncate: Handler = (cmd, shell) => {
  const options = parseOptions(cmd.args, { short: 'sr', long: ['size=', 'reference='] });
  const grows = options.value('s', 'size')?.text.startsWith('+') ?? false;
  for (const path of options.operands) shell.writes(path, grows ? 'write.append' : 'delete.truncate');
};

/** Sources and target of `cp`, `mv`, `ln`, `install`. */
function transfer(options: Options): { readonly from: readonly Field[]; readonly to: Field | undefined } {
  const folder = options.value('t', 'target-directory');
  if (folder) return { from: options.operands, to: folder };
  return { from: options.operands.slice(0, -1), to: options.operands.at(-1) };
}

const TRANSFER = { short: 'tSZgmo', long: ['target-directory=', 'suffix=', 'backup', 'recursive', 'force', 'no-clobber', 'mode=', 'owner=', 'group=', 'symbolic', 'remove-destination', 'archive', 'directory'] }; // prettier-ignore

/** Where a file lands when it is moved to a name or a folder. */
function landing(from: Field, to: Field, several: boolean): Field {
  if (!several && !to.text.endsWith('/')) return to;
  const name = from.text.replace(/\/+$/, '');
  return { ...to, text: `${to.text.replace(/\/+$/, '')}/${name.slice(name.lastIndexOf('/') + 1)}`, glob: to.glob || from.glob };
}

const mv: Handler = (cmd, shell) => {
  const { from, to } = transfer(parseOptions(cmd.args, TRANSFER));
  if (!to) return;
  for (const path of from) {
    shell.deletes(path, 'write.move');
    shell.writes(landing(path, to, from.length > 1), 'write.create', contentOf(path, shell));
    if (to.text === '/dev/null') shell.deletes(path, 'delete.recursive');
    for (const inside of possible(path, to, from.length)) shell.writes(inside);
  }
};

/** The target may be a folder: what then is written has the name of the source. */
function possible(from: Field, to: Field, count: number): readonly Field[] {
  if (count > 1 || to.text.endsWith('/')) return [];
  const inside = landing(from, to, true);
  return /\/\.?(?:git|claude|vp|ssh|config|bashrc|zshrc|profile)|hooks|^~|\.d$/.test(inside.text) ? [inside] : [];
}

function contentOf(path: Field, shell: Shell): typeof SOME_FILE {
  const at = shell.place(path).path;
  const text = at === null ? undefined : shell.context.readScript(at);
  return text === undefined ? SOME_FILE : textStream(text, FROM_FILE);
}

const cp: Handler = (cmd, shell) => {
  const options = parseOptions(cmd.args, TRANSFER);
  const { from, to } = transfer(options);
  if (!to) return;
  const links = options.has('s', 'symbolic-link', 'l', 'link');
  for (const path of from) {
    copied(path, to, shell, () => shell.reads(path));
    const target = landing(path, to, from.length > 1);
    shell.writes(target, links ? 'write.link' : 'write.create', contentOf(path, shell));
    if (links) link(path, target, shell);
    for (const inside of possible(path, to, from.length)) shell.writes(inside);
  }
};

/** A copy of a project's own settings into the workspace shows nothing to anybody. */
function copied(path: Field, to: Field, shell: Shell, read: () => void): void {
  const place = shell.place(path);
  const stays = place.scope === 'workspace' && /^(?:workspace|root)$/.test(shell.place(to).scope);
  if (stays && /\/\.env[^/]*$/.test(place.path ?? '')) return;
  read();
}

const install: Handler = (cmd, shell) => {
  const options = parseOptions(cmd.args, TRANSFER);
  if (options.has('d', 'directory')) for (const path of options.operands) shell.writes(path);
  else cp(cmd, shell);
  if (/^[2467]\d{3}$|[ug]\+s/.test(options.value('m', 'mode')?.text ?? ''))
    shell.effect('privilege.setuid', options.operands.at(-1)?.text ?? null);
};

function link(target: Field, name: Field, shell: Shell): void {
  const at = shell.place(name).path;
  if (at !== null) shell.linked(at, shell.place(target));
}

const ln: Handler = (cmd, shell) => {
  const options = parseOptions(cmd.args, {
    short: 'tS',
    long: ['target-directory=', 'suffix=', 'symbolic', 'force', 'relative', 'no-dereference'],
  });
  const given = transfer(options);
  const to = given.from.length === 0 && given.to ? field('.') : given.to;
  for (const path of given.from.length === 0 && given.to ? [given.to] : given.from) {
    if (!to) continue;
    const name = landing(path, to, given.from.length !== 1);
    shell.writes(name, 'write.link');
    link(path, name, shell);
    link(path, landing(path, to, true), shell);
    if (shell.place(path).scope === 'device') shell.writes(path);
  }
};

const write: Handler = (cmd, shell) => {
  const options = parseOptions(cmd.args, { short: 'drtm', long: ['date=', 'reference=', 'time=', 'mode=', 'parents'] });
  for (const path of options.operands) shell.writes(path);
  return NOTHING;
};

const tee: Handler = (cmd, shell) => {
  const options = parseOptions(cmd.args, { long: ['append', 'ignore-interrupts', 'output-error'] });
  for (const path of options.operands) shell.writes(path, options.has('a', 'append') ? 'write.append' : 'write.create', cmd.stdin);
  return cmd.stdin;
};

const chmod: Handler = (cmd, shell) => {
  const options = parseOptions(cmd.args.map(modeAsOperand), { long: ['recursive', 'reference=', 'verbose', 'changes', 'silent'] });
  const recursive = options.has('R', 'recursive');
  const referred = options.has('reference');
  const text = referred ? '' : (options.operands[0]?.text ?? '');
  const setuid = cmd.name === 'chmod' && (/^0?[2467]\d{3}$/.test(text) || /(?:^|,)[ugoa]*[+=][rwxXt]*s/.test(text));
  for (const path of referred ? options.operands : options.operands.slice(1)) {
    if (setuid) shell.effect('privilege.setuid', path.text);
    shell.writes(path, recursive ? 'write.mode-recursive' : 'write.mode');
  }
};

/** `-x` and `-rwx` are modes, not options. */
function modeAsOperand(arg: Field): Field {
  return /^-[rwxXst]+$/.test(arg.text) ? withText(arg, arg.text.slice(1)) : arg;
}

const setfacl: Handler = (cmd, shell) => {
  const options = parseOptions(cmd.args, { short: 'mxMX', long: ['modify=', 'remove=', 'set='] });
  for (const path of options.operands) shell.writes(path, options.has('R', 'recursive') ? 'write.mode-recursive' : 'write.mode');
};

/** Files and folders. */
export const FILES: Handlers = {
  rm,
  unlink: rmdir,
  rmdir,
  srm: rm,
  trash: rm,
  'trash-put': rm,
  rimraf: (cmd, shell) => {
    for (const path of parseOptions(cmd.args).operands)
      shell.deletes({ ...path, glob: path.glob || path.text.includes('*') }, 'delete.recursive');
  },
  del: rm,
  shred,
  truncate,
  fallocate: (cmd, shell) => {
    for (const path of parseOptions(cmd.args, { short: 'lo', long: ['length=', 'offset='] }).operands) shell.writes(path);
  },
  mv,
  cp,
  install,
  ln,
  link: ln,
  symlink: ln,
  touch: write,
  mkdir: write,
  mkfifo: write,
  mknod: write,
  tee,
  sponge: tee,
  chmod,
  chown: chmod,
  chgrp: chmod,
  chattr: chmod,
  chflags: chmod,
  chcon: chmod,
  setfacl,
};
