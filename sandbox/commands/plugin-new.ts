/** `vp plugin new NAME`: writes a plugin to start from. */
import { existsSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join, relative, resolve } from 'node:path';
import { manifestSchema } from '@vp/schemas';
import { reasonOf, type Command } from '@vp/sdk';
import { commandError } from './errors.ts';
import { fileTemplate, folderName, folderTemplate, packageTemplate, type Files } from './templates.ts';
import { styled } from './text.ts';

const { pattern, maxLength } = manifestSchema.properties.name;

const create: Command = async (context) => {
  const { args, options, cwd } = context;
  const name = args[0] ?? '';
  const { dir, file: isFile = false, package: isPackage = false } = options;
  if (!new RegExp(pattern).test(name) || name.length > maxLength) throw commandError('VP_PLUGIN_NAME', { name });
  if (isFile === true && isPackage === true)
    throw commandError('VP_PLUGIN_OPTION', { what: 'a package is no single file: give --file or --package', command: 'new' });
  const parent = resolve(cwd, typeof dir === 'string' ? dir : '.');
  const folder = isFile === true ? parent : join(parent, folderName(name));
  const files = isFile === true ? fileTemplate(name, folderName(name)) : isPackage === true ? packageTemplate(name) : folderTemplate(name);
  await writeAll(folder, files, isFile === true);
  const written = Object.keys(files).map((one) => join(folder, one));
  if (context.json) context.print(JSON.stringify({ name, files: written }));
  else {
    const plugin = isPackage === true ? folder : (written[0] ?? folder);
    for (const line of next(
      written.map((path) => shown(cwd, path)),
      shown(cwd, plugin),
    ))
      context.print(line);
  }
  return 0;
};

export default create;

/** Writes all or nothing that is there already. @throws VP_PLUGIN_EXISTS, VP_PLUGIN_UNWRITABLE */
async function writeAll(folder: string, files: Files, isShared: boolean): Promise<void> {
  const taken = isShared ? Object.keys(files).map((name) => join(folder, name)) : [folder];
  const present = taken.find((path) => existsSync(path));
  if (present !== undefined) throw commandError('VP_PLUGIN_EXISTS', { file: present }, { file: present });
  for (const [name, text] of Object.entries(files)) {
    const file = join(folder, name);
    try {
      await mkdir(dirname(file), { recursive: true });
      await writeFile(file, text, { flag: 'wx' });
    } catch (cause) {
      throw commandError('VP_PLUGIN_UNWRITABLE', { file, why: reasonOf(cause) }, { file, cause });
    }
  }
}

function shown(cwd: string, path: string): string {
  const from = relative(cwd, path);
  return from.startsWith('../') ? path : `./${from}`;
}

function next(files: readonly string[], plugin: string): string[] {
  return [
    ...files.map((file) => `${styled('green', 'written')}  ${file}`),
    '',
    'Next:',
    `  vp plugin test ${plugin}     runs it in the sandbox`,
    `  vp plugin check ${plugin}    says what it asks for, and what to write into vp.config.ts`,
    `  vp plugin pack ${plugin}     makes a tarball to publish`,
  ];
}
