/** Where a path lies: by its words against the current folder, then by its links. */
import { ANY, type AnalyseContext, type Field, type Place, type Scope } from '../types.ts';
import type { Traces } from './state.ts';

/** PATH_MAX of Linux: a longer one leads nowhere. */
const MAX_PATH = 4096;
/** Folders whose content belongs to nobody in particular. */
const TEMP = ['/tmp', '/var/tmp', '/dev/shm', '/private/tmp', '/private/var/tmp'];
/** Devices that keep nothing and harm nobody. */
const HARMLESS_DEVICE =
  /^\/dev\/(null|zero|full|random|urandom|stdin|stdout|stderr|tty|ptmx|pts\/[^/]+|fd\/\d+)$|^\/proc\/(self|thread-self|\d+)\/fd\/\d+$/;
const SYSTEM =
  /^\/(?:bin|boot|dev|etc|lib|lib32|lib64|libx32|opt|proc|root|run|sbin|srv|sys|usr|var|System|Library|Applications|snap|nix)(?:\/|$)/;

/** Resolves `.` and `..` by words. `base` is absolute. */
export function absolute(base: string, path: string): string {
  const parts: string[] = [];
  for (const part of (path.startsWith('/') ? path : `${base}/${path}`).split('/')) {
    if (part === '' || part === '.') continue;
    if (part === '..') parts.pop();
    else parts.push(part);
  }
  return `/${parts.join('/')}`;
}

/** Whether `path` is `folder` or lies below it. */
export function isBelow(path: string, folder: string): boolean {
  return path === folder || path.startsWith(folder === '/' ? '/' : `${folder}/`);
}

/** What paths are measured against. */
export interface Ground {
  readonly context: AnalyseContext;
  readonly workspace: string;
  /** The workspace with its links followed. */
  readonly realWorkspace: string;
  readonly traces: Traces;
}

/** Where a word leads as a path. */
export function locate(word: Field, cwd: string | null, ground: Ground): Place {
  const text = word.text;
  const base = text.startsWith('/') ? '/' : cwd;
  if (text.length > MAX_PATH || base === null || text.includes(ANY) || base.includes(ANY)) return { path: null, scope: 'unknown' };
  const lexical = absolute(base, text);
  const whole = word.glob ? wholeFolder(lexical) : lexical;
  if (viaNewLink(whole, ground.traces)) return { path: lexical, scope: 'unknown' };
  const real = follow(whole, ground.context);
  const scope = worst(scopeOf(whole, ground), scopeOf(real, ground));
  return { path: scope === 'root' ? lexical : real === whole ? lexical : real, scope };
}

/** `/a/*` covers all of `/a`. */
export function wholeFolder(path: string): string {
  const cut = path.lastIndexOf('/');
  const last = path.slice(cut + 1);
  return last !== '' && /^[.*?[\]!^{},@+()|]*$/.test(last) && last.includes('*') ? path.slice(0, cut) || '/' : path;
}

function follow(path: string, context: AnalyseContext): string {
  const wild = path.search(/[*?[\uE000]/);
  if (wild < 0) return context.resolvePath(path);
  const cut = path.lastIndexOf('/', wild);
  const head = cut <= 0 ? '/' : path.slice(0, cut);
  const real = context.resolvePath(head);
  return real === head ? path : absolute(real, path.slice(cut + 1));
}

function viaNewLink(path: string, traces: Traces): boolean {
  for (const [link, { inside }] of traces.links) if (!inside && isBelow(path, link)) return true;
  return false;
}

/** The path behind a link that this call has made; the path itself where there is none. */
export function behindLink(path: string, traces: Traces): string {
  for (const [link, { to }] of traces.links) if (to !== null && isBelow(path, link)) return to + path.slice(link.length);
  return path;
}

// A path counts as what is worse: what its words say or where its links lead.
const ORDER: readonly Scope[] = ['workspace', 'temp', 'outside', 'home', 'root', 'unknown', 'system', 'device'];

function worst(one: Scope, other: Scope): Scope {
  return ORDER.indexOf(one) >= ORDER.indexOf(other) ? one : other;
}

/** Where an absolute path lies. */
export function scopeOf(path: string, ground: Ground): Scope {
  const { workspace, realWorkspace, context } = ground;
  if (HARMLESS_DEVICE.test(path)) return 'temp';
  if (path === workspace || path === realWorkspace) return 'root';
  if (isBelow(path, workspace) || isBelow(path, realWorkspace)) return 'workspace';
  if (isBelow(workspace, path)) return path === '/' ? 'system' : isBelow(context.home, path) ? 'home' : 'outside';
  if (/^\/dev\/(?!shm(?:\/|$))/.test(path)) return 'device';
  if (isTemp(path, context)) return 'temp';
  if (isBelow(path, context.home) || isBelow(context.home, path)) return path === '/' ? 'system' : 'home';
  if (path === '/' || SYSTEM.test(path)) return 'system';
  return 'outside';
}

function isTemp(path: string, context: AnalyseContext): boolean {
  const own = context.env('TMPDIR');
  const folders = own && own.startsWith('/') && own.length > 1 ? [...TEMP, absolute('/', own)] : TEMP;
  return folders.some((folder) => isBelow(path, folder) && path !== folder);
}
