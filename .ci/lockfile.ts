/**
 * Completes package-lock.json. npm leaves a platform's package out of the lockfile when the registry that it was written with has
 * no such version, and `npm ci` then refuses the whole lockfile on every machine. `--check` writes nothing.
 */
import { renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { readJson, root, workspaces, type Manifest } from './repository.ts';

interface Locked {
  readonly version?: string;
  readonly license?: string;
  readonly dev?: boolean;
  readonly peer?: boolean;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
}

interface Lockfile {
  readonly packages: Readonly<Record<string, Locked>>;
}

const systems = ['android', 'darwin', 'freebsd', 'linux', 'openharmony', 'win32'];
const processors = ['arm', 'arm64', 'ia32', 'ppc64', 'riscv64', 's390x', 'x64'];

/** Where the entry of an optional dependency is missing, what it has to be. A package for no known platform is left to npm. */
function missing(packages: Lockfile['packages']): Map<string, object> {
  const found = new Map<string, object>();
  for (const [path, locked] of Object.entries(packages)) {
    for (const [name, version] of Object.entries(locked.optionalDependencies ?? {})) {
      if (packages[`${path}/node_modules/${name}`] ?? packages[`node_modules/${name}`]) continue;
      const words = name.split(/[/-]/);
      const os = words.filter((word) => systems.includes(word));
      const cpu = words.filter((word) => processors.includes(word));
      if (os.length === 0) continue;
      const { dev, license, peer } = locked;
      const libc = os.includes('linux') ? libcOf(name) : undefined;
      found.set(`node_modules/${name}`, { version, cpu, dev, libc, license, optional: true, os, peer });
    }
  }
  return found;
}

function libcOf(name: string): string[] | undefined {
  if (name.includes('musl')) return ['musl'];
  return name.includes('gnu') ? ['glibc'] : undefined;
}

/** Workspaces of which the lockfile knows other dependencies or programs than their package.json: `npm ci` installs what it knows. */
function outdated(packages: Lockfile['packages']): string[] {
  const fields = ['version', 'dependencies', 'devDependencies', 'optionalDependencies', 'peerDependencies'] as const;
  const shape = (value: object): string => JSON.stringify(Object.entries(value).toSorted(([a], [b]) => (a < b ? -1 : 1)));
  const relevant = (manifest: Readonly<Record<string, unknown>>): string => {
    const rows = fields.map((field) =>
      shape(typeof manifest[field] === 'object' && manifest[field] !== null ? manifest[field] : { field: manifest[field] }),
    );
    return JSON.stringify([...rows, shape((manifest['bin'] as object | undefined) ?? {}).replaceAll('"./', '"')]);
  };
  const parts = [{ folder: '', manifest: readJson<Manifest>('package.json') }, ...workspaces()];
  return parts
    .filter(({ folder, manifest }) => relevant(manifest) !== relevant({ ...packages[folder] }))
    .map(({ folder }) => folder || 'the root');
}

function main(check: boolean): number {
  const lockfile = readJson<Lockfile>('package-lock.json');
  const stale = outdated(lockfile.packages);
  if (stale.length > 0) {
    console.log(`package-lock.json is older than package.json of ${stale.join(', ')}; run \`npm install\`, then \`node .ci/lockfile.ts\``);
    return 1;
  }
  const entries = missing(lockfile.packages);
  if (entries.size === 0) return 0;
  if (check) {
    console.log(`package-lock.json lacks ${[...entries.keys()].join(', ')}; \`npm ci\` would refuse it: run \`node .ci/lockfile.ts\``);
    return 1;
  }
  const packages = Object.fromEntries(
    Object.entries({ ...lockfile.packages, ...Object.fromEntries(entries) }).toSorted(([a], [b]) => (a < b ? -1 : 1)),
  );
  const path = join(root, 'package-lock.json');
  writeFileSync(`${path}.new`, `${JSON.stringify({ ...lockfile, packages }, undefined, 2)}\n`);
  renameSync(`${path}.new`, path);
  return 0;
}

process.exitCode = main(process.argv.includes('--check'));
