/** A place to run `vp plugin` in, and plugins to run it on. */
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { place, type Place, type Ran } from '../../support/vp.ts';

/** A place, and what the tests of the commands do in it. */
export interface Desk extends Place {
  /** Writes files below the desk. */
  lay(files: Readonly<Record<string, string>>): Promise<void>;
  /** Runs `vp plugin …`. */
  plugin(...args: readonly string[]): Promise<Ran>;
}

/** Makes the place. */
export async function desk(): Promise<Desk> {
  const at = await place();
  return {
    ...at,
    async lay(files) {
      for (const [name, text] of Object.entries(files)) {
        await mkdir(dirname(join(at.desk, name)), { recursive: true });
        await writeFile(join(at.desk, name), text);
      }
    },
    plugin: (...args) => at.vp(['plugin', ...args]),
  };
}

/** A plugin of one file that asks for something to be granted. */
export const NOTIFIER = `import { definePlugin } from '@vp/sdk';
export default definePlugin({
  name: 'notifier',
  version: '1.0.0',
  permissions: { net: ['https://api.acme.dev'] },
  optionalPermissions: { fs: { write: ['notes'] } },
  hooks: { 'session-end'() {} },
});
`;

/** The same as a package, asking for `permissions` in its version. */
export function packageFiles(folder: string, version: string, permissions: object, code = ''): Record<string, string> {
  const name = 'acme-notifier';
  return {
    [`${folder}/package.json`]: JSON.stringify({ name, version, type: 'module' }),
    [`${folder}/plugin.json`]: JSON.stringify({ name, version, entry: './index.js', permissions }),
    [`${folder}/index.js`]: `${code}\nexport default { name: '${name}', hooks: { 'session-end'() {} } };\n`,
  };
}

/** JSON of a command's output. */
export function json(text: string): Record<string, unknown> {
  return JSON.parse(text) as Record<string, unknown>;
}
