/** What one set of permissions has and another has not. Paths cover what is below them; all else is equal or not. */
import type { Permissions } from '@vp/schemas';

/** Permissions with every key there, in one order, nothing said twice: easy to compare. */
interface Full {
  readonly hooks: readonly string[];
  readonly read: readonly string[];
  readonly write: readonly string[];
  readonly net: readonly string[];
  readonly env: readonly string[];
  readonly services: readonly string[];
  readonly kv: boolean;
  readonly timers: boolean;
  readonly log: boolean;
}

/** The parts of `asked` that `granted` does not cover; undefined where it covers all. */
export function missingFrom(asked: Permissions, granted: Permissions): Permissions | undefined {
  const [want, have] = [fullOf(asked), fullOf(granted)];
  const without = (a: readonly string[], b: readonly string[]): string[] => a.filter((one) => !b.includes(one));
  const uncovered = (a: readonly string[], b: readonly string[]): string[] => a.filter((path) => !b.some((top) => covers(top, path)));
  const missing = toPermissions({
    hooks: without(want.hooks, have.hooks),
    read: uncovered(want.read, have.read),
    write: uncovered(want.write, have.write),
    net: without(want.net, have.net),
    env: without(want.env, have.env),
    services: without(want.services, have.services),
    kv: want.kv && !have.kv,
    timers: want.timers && !have.timers,
    log: want.log && !have.log,
  });
  return isEmpty(missing) ? undefined : missing;
}

/** What both allow. */
export function intersect(a: Permissions, b: Permissions): Permissions {
  const [x, y] = [fullOf(a), fullOf(b)];
  const both = (one: readonly string[], other: readonly string[]): string[] => one.filter((entry) => other.includes(entry));
  const below = (one: readonly string[], other: readonly string[]): string[] => [
    ...one.filter((path) => other.some((top) => covers(top, path))),
    ...other.filter((path) => one.some((top) => covers(top, path))),
  ];
  return toPermissions({
    hooks: both(x.hooks, y.hooks),
    read: below(x.read, y.read),
    write: below(x.write, y.write),
    net: both(x.net, y.net),
    env: both(x.env, y.env),
    services: both(x.services, y.services),
    kv: x.kv && y.kv,
    timers: x.timers && y.timers,
    log: x.log && y.log,
  });
}

/** What either allows. */
export function union(a: Permissions, b: Permissions): Permissions {
  const [x, y] = [fullOf(a), fullOf(b)];
  return toPermissions({
    hooks: [...x.hooks, ...y.hooks],
    read: [...x.read, ...y.read],
    write: [...x.write, ...y.write],
    net: [...x.net, ...y.net],
    env: [...x.env, ...y.env],
    services: [...x.services, ...y.services],
    kv: x.kv || y.kv,
    timers: x.timers || y.timers,
    log: x.log || y.log,
  });
}

/** Whether nothing is allowed. */
export function isEmpty(permissions: Permissions): boolean {
  return Object.keys(normalisePermissions(permissions)).length === 0;
}

/**
 * The one way to write a set: sorted, nothing twice, nothing empty or false, paths without `./` and closing slash, none below another one.
 * Two sets allow the same exactly where these are equal.
 */
export function normalisePermissions(permissions: Permissions): Permissions {
  return toPermissions(fullOf(permissions));
}

/** Whether a granted path stands for another one. Both in the form of `normalisePermissions`. */
function covers(top: string, path: string): boolean {
  return top === '.' || top === path || path.startsWith(`${top}/`);
}

function fullOf({ hooks = [], fs = {}, net = [], env = [], services = [], kv, timers, log }: Permissions): Full {
  const { read = [], write = [] } = fs;
  const flags = { kv: kv === true, timers: timers === true, log: log === true };
  return { hooks, read: read.map(plainPath), write: write.map(plainPath), net, env, services, ...flags };
}

function toPermissions(full: Full): Permissions {
  const fs = withoutEmpty({ read: widest(full.read), write: widest(full.write) });
  const { kv, timers, log } = full;
  return withoutEmpty({
    hooks: sorted(full.hooks) as NonNullable<Permissions['hooks']>,
    fs,
    net: sorted(full.net),
    env: sorted(full.env),
    kv,
    services: sorted(full.services),
    timers,
    log,
  });
}

function withoutEmpty<T extends object>(value: T): Partial<T> {
  const isThere = (one: unknown): boolean => one === true || (typeof one === 'object' && one !== null && Object.keys(one).length > 0);
  return Object.fromEntries(Object.entries(value).filter(([, one]) => isThere(one))) as Partial<T>;
}

function sorted(entries: readonly string[]): string[] {
  return [...new Set(entries)].toSorted();
}

function widest(paths: readonly string[]): string[] {
  return sorted(paths).filter((path) => !paths.some((top) => top !== path && covers(top, path)));
}

function plainPath(path: string): string {
  const plain = path.replace(/^(?:\.\/)+/, '').replace(/\/$/, '');
  return plain === '' ? '.' : plain;
}
