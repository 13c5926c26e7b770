/**
 * Writes what is made from other sources; `--check` writes nothing and fails where a file is stale.
 * - `first-party.json`: the plugins that belong to this installation and the commands that they add
 * - `ERRORS.md`: the reference page of the kernel's errors
 */
import { globSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { PluginManifest } from '@vp/schemas';
import { KERNEL_ERRORS } from './core/errors.ts';

const root = join(import.meta.dirname, '..');

function firstParty(): string {
  const plugins = globSync('plugins/*/plugin.json', { cwd: root })
    .sort()
    .map((path) => JSON.parse(readFileSync(join(root, path), 'utf8')) as PluginManifest)
    .map(({ name, commands = [], checks, offline }) => ({
      name,
      commands,
      ...(checks === undefined ? {} : { checks }),
      ...(offline === undefined ? {} : { offline }),
    }));
  return `${JSON.stringify({ plugins }, null, 2)}\n`;
}

function errorPage(): string {
  const cell = (text: string): string => text.replaceAll('|', '\\|').replaceAll('\n', ' ');
  const rows = Object.entries(KERNEL_ERRORS).map(([code, { message, hint }]) => `| \`${code}\` | ${cell(message)} | ${cell(hint)} |`);
  const head = [
    '# Errors of the kernel',
    '',
    'Made from `core/errors.ts` by `npm run generate`. Plugins have tables of their own, in their `errors.ts`.',
    '',
  ];
  return [...head, '| code | message | what to do |', '|---|---|---|', ...rows, ''].join('\n');
}

for (const [name, text] of Object.entries({ 'first-party.json': firstParty(), 'ERRORS.md': errorPage() })) {
  const file = join(import.meta.dirname, name);
  if (!process.argv.includes('--check')) writeFileSync(file, text);
  else if (readFileSync(file, 'utf8') !== text) {
    console.error(`stale: kernel/${name}; run \`npm run generate\``);
    process.exitCode = 1;
  }
}
