/** Whether permissions mean something, and exactly one thing. What a person reads must be what is granted. */
import { isIP } from 'node:net';
import { compile, manifestSchema, type Permissions, type Problem } from '@vp/schemas';
import { hasUnseen, visible } from './visible.ts';

export { normalisePermissions } from './cover.ts';

const schema = { ...manifestSchema.$defs.Permissions, $defs: manifestSchema.$defs };

const HOST = /^https:\/\/[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?)*(?::[0-9]{1,5})?$/;

/** All that is wrong with a set of permissions, of a manifest or of a grant. Paths of the problems are within the set. */
export function checkPermissions(value: unknown): Problem[] {
  const problems = compile(schema, { known: true })(value);
  if (problems.length > 0) return problems;
  const { fs = {}, net = [], env = [] } = value as Permissions;
  return [
    ...problemsOf('/fs/read', fs.read ?? [], expectedPath),
    ...problemsOf('/fs/write', fs.write ?? [], expectedPath),
    ...problemsOf('/net', net, expectedOrigin),
    ...problemsOf('/env', env, expectedName),
  ];
}

function problemsOf(path: string, entries: readonly string[], expect: (entry: string) => string | undefined): Problem[] {
  return entries.flatMap((entry, index) => {
    const expected = expect(entry);
    return expected === undefined ? [] : [{ path: `${path}/${index}`, expected, found: visible(JSON.stringify(entry)) }];
  });
}

function expectedPath(given: string): string | undefined {
  if (given === '.' || given === './') return undefined;
  // What is left of it in the normal form must hold by itself.
  const path = given.replace(/^\.\//, '').replace(/\/$/, '');
  const parts = path.split('/');
  if (hasUnseen(path) || path !== path.trim()) return 'a path of visible characters';
  if (given.startsWith('/') || /^[A-Za-z]:/.test(path)) return 'a path relative to the folder of the config, not an absolute one';
  if (path.startsWith('~')) return 'a path relative to the folder of the config; `~` is not filled in';
  if (path.includes('\\')) return 'a path with `/` between its parts';
  if (/[*?[\]{}]/.test(path)) return 'a file or folder by its name; a folder stands for all that is below it, patterns are not filled in';
  if (parts.includes('..')) return 'a path that does not leave the folder of the config: no `..`';
  return parts.some((part) => part === '' || part === '.') ? 'a path without empty parts or `.` in it' : undefined;
}

function expectedOrigin(origin: string): string | undefined {
  if (origin.includes('*')) return 'one origin by its full name; name each origin, there are no patterns';
  if (!origin.startsWith('https://')) return 'an origin that starts with https://';
  if (!URL.canParse(origin)) return 'an origin such as https://api.acme.dev';
  const url = new URL(origin);
  if (url.username !== '' || url.password !== '' || origin.includes('@')) return 'an origin without a user name or password';
  if (url.hostname.endsWith('.')) return 'a host without a dot at its end';
  const host = url.hostname.replace(/^\[|\]$/g, '');
  if (isIP(host) !== 0) return 'a host by its name, not by its address';
  if (host === 'localhost' || host.endsWith('.localhost')) return 'a host of the internet; what runs on this machine is out of reach';
  if (origin !== url.origin) return `exactly the origin, without path, standard port or capital letters: ${url.origin}`;
  return HOST.test(origin) ? undefined : 'an origin such as https://api.acme.dev';
}

function expectedName(name: string): string | undefined {
  if (/[*?]/.test(name)) return 'one variable by its full name; name each variable, there are no patterns';
  return /^[A-Za-z_][A-Za-z0-9_]*$/.test(name) ? undefined : 'the name of a variable: letters, digits and _';
}
