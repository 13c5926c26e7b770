/** Who may import whom: `schemas <- sdk <- kernel, sandbox, plugins, examples`. Each breach names the file, the line and what to do. */
import { globSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { findImports, type Import } from './parse.ts';

/** One place that breaks a rule. `file` is relative to the root; `warning` does not fail the check. */
export interface Breach {
  readonly file: string;
  readonly line: number;
  readonly message: string;
  readonly warning?: boolean;
}

/** For each part of the repository, the other parts that it may import. `*` is everything. */
const allowed: Readonly<Record<string, readonly string[]>> = {
  schemas: [],
  sdk: ['schemas'],
  kernel: ['sdk', 'schemas'],
  'kernel/bin': ['sandbox', 'sdk', 'schemas'],
  sandbox: ['sdk', 'schemas'],
  plugins: ['sdk', 'schemas'],
  examples: ['sdk', 'schemas'],
  test: ['*'],
  '.ci': ['*'],
  root: ['*'],
};

const ignored = ['node_modules', 'dist', '.build', '.git', 'fixtures'];
const coreLimits = { file: 250, warn: 1700, fail: 2000 };

/** All breaches of the import rules below `root`, by file and line. */
export function findBreaches(root: string): Breach[] {
  const packages = packageFolders(root);
  const breaches = sources(root).flatMap((file) => breachesOf(file, readFileSync(join(root, file), 'utf8'), packages));
  return breaches.toSorted((a, b) => a.file.localeCompare(b.file) || a.line - b.line);
}

/** Files of kernel/core above 250 lines, and all of them together above 1,700 (a warning) or 2,000. */
export function findOversize(root: string): Breach[] {
  const files = sources(root).filter((file) => file.startsWith('kernel/core/'));
  const lines = new Map(files.map((file) => [file, lineCount(join(root, file))]));
  const total = [...lines.values()].reduce((sum, count) => sum + count, 0);
  const breaches: Breach[] = [...lines]
    .filter(([, count]) => count > coreLimits.file)
    .map(([file, count]) => ({ file, line: count, message: `is ${count} lines long: split it, ${coreLimits.file} is the limit` }));
  if (total <= coreLimits.warn) return breaches;
  const message = `kernel/core is ${total} lines long: move what is not core elsewhere, ${coreLimits.fail} is the limit`;
  return [...breaches, { file: 'kernel/core', line: total, message, warning: total <= coreLimits.fail }];
}

/** A breach as one line of text. */
export function formatBreach(breach: Breach): string {
  return `${breach.file}:${breach.line} ${breach.message}`;
}

function breachesOf(file: string, text: string, packages: ReadonlyMap<string, string>): Breach[] {
  try {
    return findImports(file, text).flatMap((found) => breachOf(file, found, packages) ?? []);
  } catch (error) {
    return [{ file, line: 1, message: `does not parse: ${String(error)}` }];
  }
}

function breachOf(file: string, found: Import, packages: ReadonlyMap<string, string>): Breach | undefined {
  const from = partOf(file);
  const target = targetOf(file, found.specifier, packages);
  if (target === undefined) return undefined;
  const problem = (message: string): Breach => ({ file, line: found.line, message: `imports ${found.specifier}: ${message}` });

  const may = allowed[from.rule];
  if (may === undefined) return problem(`no rule says what ${from.rule} may import; add it to .ci/imports.ts`);
  if (may.includes('*')) return undefined;
  const to = partOf(target);
  if (to.unit === from.unit)
    return to.rule === from.rule || from.rule === 'kernel/bin' ? undefined : problem('kernel/bin joins the rest; nothing imports it');
  if (!may.includes(to.top)) return { file, line: found.line, message: `imports ${target}: ${advice(from.top, to.top)}` };
  if (from.top === 'sdk' && (found.specifier !== '@vp/schemas/types' || !found.typeOnly)) {
    return problem("the SDK has no dependency at run time; use `import type` from '@vp/schemas/types'");
  }
  return found.specifier.startsWith('.') ? problem(`use the package's name, ${nameOf(to.unit, packages)}`) : undefined;
}

/**
 * What a file belongs to. `top`: its first folder. `rule`: the key of its rule. `unit`: what may be imported freely from within,
 * a workspace, so that one plugin is not another.
 */
function partOf(path: string): { readonly top: string; readonly rule: string; readonly unit: string } {
  const [top = '', second = ''] = path.split('/');
  if (/^[^/]+\.m?[jt]s$/.test(path)) return { top: 'root', rule: 'root', unit: 'root' };
  if (top === 'plugins' || top === 'examples') return { top, rule: top, unit: `${top}/${second}` };
  if (top === 'kernel' && second === 'bin') return { top, rule: 'kernel/bin', unit: top };
  return { top, rule: top, unit: top };
}

/** The file or folder, relative to the root, that an import leads to; `undefined` where it leaves the repository. */
function targetOf(file: string, specifier: string, packages: ReadonlyMap<string, string>): string | undefined {
  if (specifier.startsWith('.')) return relative('.', join(dirname(file), specifier));
  const name = specifier.split('/', specifier.startsWith('@') ? 2 : 1).join('/');
  const folder = packages.get(name);
  return folder === undefined ? undefined : `${folder}${specifier.slice(name.length)}`;
}

function advice(from: string, to: string): string {
  if (from === 'schemas') return 'schemas import nothing of VP';
  if (to === 'sandbox') return 'only kernel/bin joins the kernel and the sandbox';
  if (to === 'test' || to === '.ci' || to === 'root') return 'tests and tools are not part of the product';
  if (to === 'plugins') return from === 'plugins' ? 'ask for its service through ctx.use' : 'plugins are named in vp.config.ts only';
  return from === 'sdk' ? 'the SDK imports types of @vp/schemas only' : 'use @vp/sdk';
}

function nameOf(unit: string, packages: ReadonlyMap<string, string>): string {
  return [...packages].find(([, folder]) => folder === unit)?.[0] ?? unit;
}

/** Names of the workspaces, with their folders. */
function packageFolders(root: string): Map<string, string> {
  const manifests = globSync(['*/package.json', 'plugins/*/package.json', 'examples/*/package.json'], { cwd: root });
  return new Map(
    manifests.flatMap((path) => {
      const { name } = JSON.parse(readFileSync(join(root, path), 'utf8')) as { name?: string };
      return name === undefined ? [] : [[name, dirname(path)] as const];
    }),
  );
}

function sources(root: string): string[] {
  const exclude = (path: string): boolean => ignored.includes(path.split('/').at(-1) ?? '');
  return globSync(['*.{ts,mts,js,mjs}', '*/**/*.{ts,mts,js,mjs}', '.ci/**/*.ts'], { cwd: root, exclude }).toSorted();
}

function lineCount(path: string): number {
  return readFileSync(path, 'utf8').replace(/\n$/, '').split('\n').length;
}

if (import.meta.main) {
  const root = join(import.meta.dirname, '..');
  const breaches = [...findBreaches(root), ...findOversize(root)];
  for (const breach of breaches) console.log(`${breach.warning ? 'warning: ' : ''}${formatBreach(breach)}`);
  process.exitCode = breaches.some((breach) => !breach.warning) ? 1 : 0;
}
