/** Where things are in this repository. */
import { globSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** The repository's top folder. */
export const root = join(import.meta.dirname, '..');

/** What a package.json may say, as far as the tools here read it. */
export interface Manifest {
  readonly name: string;
  readonly version: string;
  readonly private?: boolean;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
  readonly devDependencies?: Readonly<Record<string, string>>;
  readonly peerDependencies?: Readonly<Record<string, string>>;
  readonly [key: string]: unknown;
}

/** One npm workspace. `folder` is relative to the root. */
export interface Workspace {
  readonly folder: string;
  readonly manifest: Manifest;
}

/** Reads a JSON file of the repository. */
export function readJson<T>(path: string): T {
  return JSON.parse(readFileSync(join(root, path), 'utf8')) as T;
}

/** All npm workspaces, by folder. */
export function workspaces(): Workspace[] {
  const patterns = readJson<{ workspaces: string[] }>('package.json').workspaces.map((pattern) => `${pattern}/package.json`);
  const found = globSync(patterns, { cwd: root }).toSorted();
  return found.map((path) => ({ folder: dirname(path), manifest: readJson<Manifest>(path) }));
}

/** The workspaces that are published: all but the private ones. */
export function publishable(): Workspace[] {
  return workspaces().filter(({ manifest }) => manifest.private !== true);
}
