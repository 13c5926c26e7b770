/** The licence of every dependency, direct or not, as the lockfile has it, against the list of those that VP may build on. */
import { root, readJson } from './repository.ts';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

interface Locked {
  readonly version?: string;
  readonly license?: string;
  readonly dev?: boolean;
  readonly optional?: boolean;
  readonly link?: boolean;
}

/** Fine for anything, shipped or not. */
const permissive = new Set(['MIT', 'ISC', 'Apache-2.0', 'BSD-2-Clause', 'BSD-3-Clause', '0BSD', 'BlueOak-1.0.0', 'CC0-1.0', 'Unlicense']);

/** Fine where nothing of it is shipped: for tools. */
const forTools = new Set(['MPL-2.0', 'Python-2.0', 'CC-BY-4.0']);

/** Packages judged one by one. `tool` ones may be devDependencies only. */
const exceptions: readonly { readonly name: RegExp; readonly tool: boolean; readonly why: string }[] = [
  {
    name: /^@anthropic-ai\/claude-code(-|$)/,
    tool: true,
    why: 'the agent itself, under its own terms: tests run it, no package carries it',
  },
  { name: /^argparse$/, tool: false, why: 'PSF-2.0 and Python-2.0, both permissive; read by js-yaml' },
];

function licenceOf(path: string, locked: Locked): string {
  const manifest = join(root, path, 'package.json');
  if (!existsSync(manifest)) return locked.license ?? 'unknown';
  const { license } = JSON.parse(readFileSync(manifest, 'utf8')) as { license?: string | { type?: string } };
  return (typeof license === 'object' ? license.type : license) ?? locked.license ?? 'unknown';
}

/** What is wrong with one package, or nothing. An `OR` is fine if one side is, an `AND` if both are. */
function problemOf(name: string, licence: string, tool: boolean): string | undefined {
  const exception = exceptions.find((row) => row.name.test(name));
  if (exception) return exception.tool && !tool ? `${licence}: allowed for tools only; move it to devDependencies` : undefined;
  const known = (one: string): boolean => permissive.has(one) || (tool && forTools.has(one));
  const alternatives = licence.replaceAll(/[()]/g, '').split(' OR ');
  if (alternatives.some((part) => part.split(' AND ').every((one) => known(one.trim())))) return undefined;
  return `${licence}: not on the list in .ci/licences.ts; replace the package, or judge it and add it there`;
}

const { packages } = readJson<{ packages: Record<string, Locked> }>('package-lock.json');
let failed = 0;
for (const [path, locked] of Object.entries(packages)) {
  if (!path.includes('node_modules/') || locked.link === true) continue;
  const name = path.slice(path.lastIndexOf('node_modules/') + 'node_modules/'.length);
  const problem = problemOf(name, licenceOf(path, locked), locked.dev === true);
  if (problem === undefined) continue;
  failed += 1;
  console.log(`${name}@${locked.version ?? '?'} ${problem}`);
}
process.exitCode = failed === 0 ? 0 : 1;
