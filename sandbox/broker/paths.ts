/** Paths that a guest gives: names from the folder of the config downwards, and nothing else. */
import { denied, quoted, wrong } from './refuse.ts';

const MAX_PATH = 1_000;
const MAX_NAME_BYTES = 255;
/** Folders whose files steer programs that run with the user's rights. */
const KEPT_FOLDERS = ['.git', '.claude', 'node_modules'];
/** Files that say what runs, with which rights; and code, since any module may be a plugin with kernel trust. */
const KEPT_FILES = /^(?:\.?vp\.config\..*|plugin\.json|package\.json|.*\.[cm]?[jt]sx?)$/;

/** The names of a path, from the folder of the config downwards; none for `.`. @throws VP_SANDBOX_ARGUMENT, VP_PERMISSION_DENIED */
export function partsOf(path: unknown): readonly string[] {
  if (typeof path !== 'string') throw wrong('a path must be text');
  if (path === '' || path.length > MAX_PATH || !path.isWellFormed()) throw wrong(`a path is text of 1 to ${MAX_PATH} characters`);
  const refuse = (why: string): Error => denied(`the path ${quoted(path)}`, `${why}; paths are relative to the folder of the config`);
  if (path.startsWith('/')) throw refuse('it is absolute');
  if (/^file:/i.test(path)) throw refuse('it is an address');
  if (/[\0\\]/.test(path)) throw refuse('it has a NUL or a backslash in it');
  const parts = path.split('/').filter((part) => part !== '.');
  if (parts.some((part) => part === '..')) throw refuse('it goes up');
  if (parts.some((part) => part === '')) throw refuse('it has an empty name in it');
  if (parts.some((part) => Buffer.byteLength(part) > MAX_NAME_BYTES)) throw wrong(`a name in a path has at most ${MAX_NAME_BYTES} bytes`);
  return parts;
}

/** The same for a folder, which may end in a slash. */
export function folderParts(path: unknown): readonly string[] {
  return partsOf(typeof path === 'string' && path.length > 1 && path.endsWith('/') ? path.slice(0, -1) : path);
}

/** Whether one of the granted entries is the path itself or a folder above it. An entry that is no such path covers nothing. */
export function isCovered(entries: readonly string[], parts: readonly string[]): boolean {
  return entries.some((entry) => {
    const granted = safeParts(entry);
    return granted !== undefined && granted.length <= parts.length && granted.every((part, index) => part === parts[index]);
  });
}

/** Whether a path is never written for a plugin, whatever is granted. */
export function isKept(parts: readonly string[]): boolean {
  const names = parts.map(folded);
  return names.some((name) => KEPT_FOLDERS.includes(name)) || KEPT_FILES.test(names.at(-1) ?? '');
}

/** A file system may take names for the same that differ in case or in the form of a letter. */
function folded(name: string): string {
  return name.normalize('NFKC').toLowerCase();
}

function safeParts(entry: string): readonly string[] | undefined {
  try {
    return folderParts(entry);
  } catch {
    return undefined;
  }
}
