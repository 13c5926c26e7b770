/** Writes `first-party.json`: the plugins that belong to this installation and the commands that they add. `--check`: fails where it is stale. */
import { globSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { PluginManifest } from '@vp/schemas';

const root = join(import.meta.dirname, '..');
const file = join(import.meta.dirname, 'first-party.json');
const plugins = globSync('plugins/*/plugin.json', { cwd: root })
  .sort()
  .map((path) => JSON.parse(readFileSync(join(root, path), 'utf8')) as PluginManifest)
  .map(({ name, commands = [], checks }) => ({ name, commands, ...(checks === undefined ? {} : { checks }) }));
const text = `${JSON.stringify({ plugins }, null, 2)}\n`;

if (!process.argv.includes('--check')) writeFileSync(file, text);
else if (readFileSync(file, 'utf8') !== text) {
  console.error('stale: kernel/first-party.json; run `npm run generate`');
  process.exitCode = 1;
}
