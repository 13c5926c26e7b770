/** Manifests as they are published: what points at sources points at the built files. */
import type { Manifest } from './repository.ts';

const entries = new Set(['exports', 'imports', 'bin', 'main', 'types']);
const dropped = new Set(['devDependencies', 'scripts', 'private', 'files']);

/**
 * The package.json of a published package. Workspace dependencies get the exact version that they are published with.
 * @throws Error where it depends on a workspace that is not published.
 */
export function packedManifest(manifest: Manifest, versions: ReadonlyMap<string, string>): object {
  const rows = Object.entries(manifest).flatMap(([key, value]) => {
    if (dropped.has(key)) return [];
    if (key === 'exports') return [[key, withTypes(value)] as const];
    if (entries.has(key)) return [[key, built(value)] as const];
    if (key === 'dependencies' || key === 'peerDependencies')
      return [[key, exact(manifest.name, value as Record<string, string>, versions)] as const];
    return [[key, value] as const];
  });
  return Object.fromEntries(rows);
}

/** The plugin.json of a published plugin: `entry` and the modules of its commands are JavaScript. */
export function packedPluginManifest(manifest: object): object {
  // $schema leads to a file of this repository.
  const { entry, commands, $schema: _, ...rest } = manifest as { entry?: unknown; commands?: readonly object[]; $schema?: string };
  const list = commands?.map((command) => ({ ...command, module: built((command as { readonly module?: unknown }).module) }));
  return { ...rest, ...(entry === undefined ? {} : { entry: built(entry) }), ...(list === undefined ? {} : { commands: list }) };
}

function exact(owner: string, dependencies: Readonly<Record<string, string>>, versions: ReadonlyMap<string, string>): object {
  const rows = Object.entries(dependencies).map(([name, range]): [string, string] => {
    const version = versions.get(name);
    if (version === undefined && name.startsWith('@vp/')) throw new Error(`${owner} depends on ${name}, which is not published`);
    return [name, version ?? range];
  });
  return Object.fromEntries<string>(rows);
}

const isSource = (value: unknown): value is string => typeof value === 'string' && value.endsWith('.ts') && !value.endsWith('.d.ts');

/** A value of a manifest with every `x.ts` in it as `x.js`. */
function built(value: unknown): unknown {
  return mapSources(value, (path) => `${path}.js`);
}

/** The same, with the declarations beside each module. */
function withTypes(value: unknown): unknown {
  return mapSources(value, (path) => ({ types: `${path}.d.ts`, default: `${path}.js` }));
}

function mapSources(value: unknown, map: (pathWithoutEnding: string) => unknown): unknown {
  if (isSource(value)) return map(value.slice(0, -'.ts'.length));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, mapSources(inner, map)]));
}
