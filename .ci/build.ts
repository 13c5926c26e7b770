/**
 * `npm run build`: what is published, as .build/<package>/ and .build/*.tgz (or in the folder given). JavaScript and declarations from tsc, other files as
 * they are, manifests that point at the result. Tests, generators and devDependencies stay behind.
 */
import { cpSync, existsSync, globSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { spawnSync } from 'node:child_process';
import { isBuiltin } from 'node:module';
import { dirname, join, resolve } from 'node:path';
import { emit } from './emit.ts';
import { packedManifest, packedPluginManifest } from './manifest.ts';
import { findImports } from './parse.ts';
import { publishable, readJson, root, type Manifest, type Workspace } from './repository.ts';

const out = resolve(process.argv[2] ?? join(root, '.build'));
const compiled = join(out, '.js');
const leftBehind = ['node_modules', 'test', 'bench', 'fixtures', 'package.json', 'tsconfig.json'];

/** `@vp/kernel` → `kernel`. */
const shortName = ({ manifest }: Workspace): string => manifest.name.slice(manifest.name.indexOf('/') + 1);

function compile(packages: readonly Workspace[]): void {
  const folders = packages.map(({ folder }) => folder);
  const exclude = folders.flatMap((folder) => [`${folder}/generate.ts`, ...leftBehind.map((name) => `${folder}/**/${name}`)]);
  emit(compiled, folders, exclude, {});
}

function writeJson(path: string, value: object): void {
  writeFileSync(path, `${JSON.stringify(value, undefined, 2)}\n`);
}

/** Lays out one package in .build/<name>. */
function stage(workspace: Workspace, versions: ReadonlyMap<string, string>): string {
  const folder = join(out, shortName(workspace));
  const source = join(root, workspace.folder);
  cpSync(join(compiled, workspace.folder), folder, { recursive: true });
  const exclude = (path: string): boolean => leftBehind.includes(path.split('/').at(-1) ?? '');
  for (const path of globSync('**/*', { cwd: source, exclude })) {
    if (path.endsWith('.ts') || statSync(join(source, path)).isDirectory()) continue;
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    cpSync(join(source, path), join(folder, path));
  }
  if (existsSync(join(root, 'LICENSE'))) cpSync(join(root, 'LICENSE'), join(folder, 'LICENSE'));
  const engines = readJson<Manifest>('package.json')['engines'];
  writeJson(join(folder, 'package.json'), packedManifest({ ...workspace.manifest, engines }, versions));
  const plugin = join(folder, 'plugin.json');
  if (existsSync(plugin)) writeJson(plugin, packedPluginManifest(JSON.parse(readFileSync(plugin, 'utf8')) as object));
  return folder;
}

/**
 * Puts the schemas' types into the SDK, whose declarations are all that needs them: so it depends on nothing.
 * The declarations of others name @vp/schemas/types as before, and mean the same shapes.
 */
function carryTypes(sdk: string): void {
  for (const path of globSync(['types.d.ts', 'generated/*.d.ts'], { cwd: join(compiled, 'schemas') })) {
    cpSync(join(compiled, 'schemas', path), join(sdk, 'schemas', path));
  }
  for (const path of globSync('**/*.d.ts', { cwd: sdk })) {
    const up = path.includes('/') ? '../'.repeat(path.split('/').length - 1) : './';
    const text = readFileSync(join(sdk, path), 'utf8');
    writeFileSync(join(sdk, path), text.replaceAll(/(['"])@vp\/schemas\/types\1/g, `'${up}schemas/types.js'`));
  }
}

/** Packages that a staged folder imports and its manifest does not name, each with one place. */
function undeclared(folder: string): string[] {
  const manifest = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as Manifest;
  const known = new Set([
    manifest.name,
    ...Object.keys({ ...manifest.dependencies, ...manifest.optionalDependencies, ...manifest.peerDependencies }),
  ]);
  const problems = new Map<string, string>();
  for (const path of globSync('**/*.{js,d.ts}', { cwd: folder })) {
    for (const { specifier } of findImports(path, readFileSync(join(folder, path), 'utf8'))) {
      if (/^[.#]/.test(specifier) || isBuiltin(specifier)) continue;
      const name = specifier.split('/', specifier.startsWith('@') ? 2 : 1).join('/');
      if (known.has(name)) continue;
      problems.set(name, `${manifest.name}: ${path} imports ${name}; add it to the dependencies in its package.json`);
    }
  }
  return [...problems.values()];
}

/** Sources named in a string that the compiler leaves alone, such as a child's program: the built package has no such file. */
function staleNames(folder: string): string[] {
  return globSync('**/*.js', { cwd: folder }).flatMap((path) => {
    // A comment that names a type is of the sources.
    const code = readFileSync(join(folder, path), 'utf8').replaceAll(/^\s*(?:\/\*|\*|\/\/).*$/gm, '');
    const names = code.matchAll(/['"`](\.{1,2}\/[\w./-]+)\.ts['"`]/g);
    return [...names].flatMap(([, name = '']) => {
      const there = existsSync(join(folder, dirname(path), `${name}.js`)) && !existsSync(join(folder, dirname(path), `${name}.ts`));
      return there
        ? [
            `${folder.slice(root.length + 1)}/${path} names ${name}.ts, which is ${name}.js once built; use the ending of import.meta.filename`,
          ]
        : [];
    });
  });
}

function pack(folders: readonly string[]): void {
  const args = ['pack', '--ignore-scripts', '--silent', '--pack-destination', out, ...folders];
  const { status, error } = spawnSync('npm', args, { cwd: out, stdio: ['ignore', 'ignore', 'inherit'] });
  if (error || status !== 0) throw new Error('npm pack failed', { cause: error });
}

function main(): number {
  rmSync(out, { recursive: true, force: true });
  const packages = publishable();
  compile(packages);
  const versions = new Map(packages.map(({ manifest }) => [manifest.name, manifest.version]));
  const folders = packages.map((workspace) => stage(workspace, versions));
  carryTypes(join(out, 'sdk'));
  rmSync(compiled, { recursive: true });
  const problems = folders.flatMap((folder) => [...undeclared(folder), ...staleNames(folder)]);
  for (const problem of problems) console.error(problem);
  if (problems.length > 0) return 1;
  pack(folders);
  for (const path of globSync('*.tgz', { cwd: out }).toSorted()) console.log(join(out, path));
  return 0;
}

try {
  process.exitCode = main();
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}
