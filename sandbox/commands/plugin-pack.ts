/** `vp plugin pack PATH`: the tarball of a plugin, with all its code in one file. */
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { copyFile, mkdir, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import type { PluginManifest } from '@vp/schemas';
import { isVpError, reasonOf, type Command, type CommandContext } from '@vp/sdk';
import { Compiler } from '../load/compiler/compiler.ts';
import { readPlugin } from '../load/read.ts';
import { isEmpty } from '../permissions/cover.ts';
import { commandError } from './errors.ts';
import { folderOf, readTarget, stemOf, type ReadTarget } from './target.ts';
import { size, styled } from './text.ts';

type Json = Readonly<Record<string, unknown>>;

interface Packed {
  readonly path: string;
  readonly bytes: number;
  readonly sha256: string;
  readonly files: readonly { readonly path: string; readonly size: number }[];
}

/** Of the plugin's own package.json; all else would be about files that are not packed. */
const KEPT = ['license', 'author', 'contributors', 'homepage', 'repository', 'bugs', 'keywords', 'funding'];
const TEXTS = ['README.md', 'LICENSE', 'LICENSE.md', 'LICENCE', 'CHANGELOG.md', 'NOTICE'];
const NPM_MS = 120_000;

const pack: Command = async (context) => {
  const found = await readTarget(context, context.args[0] ?? '');
  const { out } = context.options;
  const into = resolve(context.cwd, typeof out === 'string' ? out : '.');
  const own = await ownPackage(found);
  const manifest = manifestOf(found, own);
  const stage = await mkdtemp(join(tmpdir(), 'vp-plugin-pack-'));
  try {
    await mkdir(into, { recursive: true });
    await writeStage(stage, found, manifest, own);
    await proveStage(stage, manifest);
    const packed = await npmPack(stage, into, manifest.name, context);
    report(context, manifest, packed);
    return 0;
  } finally {
    await rm(stage, { recursive: true, force: true });
  }
};

export default pack;

/** The package.json of the plugin; empty where there is none. One beside a file is the project's, unless it bears the plugin's name. */
async function ownPackage({ target, read }: ReadTarget): Promise<Json> {
  const file = join(folderOf(target), 'package.json');
  if (!existsSync(file)) return {};
  try {
    const value: unknown = JSON.parse(await readFile(file, 'utf8'));
    const own = typeof value === 'object' && value !== null ? (value as Json) : {};
    return target.manifestFile !== undefined || own['name'] === read.manifest.name ? own : {};
  } catch (cause) {
    throw commandError('VP_PLUGIN_PACK', { plugin: target.use, why: reasonOf(cause) }, { file, cause, hint: 'Mend package.json.' });
  }
}

/** The manifest of the package: a version, what it asks for written out, the entry that is packed. @throws VP_PLUGIN_PACK */
function manifestOf({ target, read, asked }: ReadTarget, own: Json): PluginManifest {
  const { $schema: _schema, ...rest } = read.manifest;
  const version = rest.version ?? (typeof own['version'] === 'string' ? own['version'] : undefined);
  const place = { file: target.manifestFile ?? target.entry, plugin: rest.name };
  const refuse = (why: string, hint: string): Error => commandError('VP_PLUGIN_PACK', { plugin: rest.name, why }, { ...place, hint });
  if (version === undefined)
    throw refuse('it has no version', "Write `version: '0.1.0'` beside its name, and another one at each release.");
  if (!/^\d+\.\d+\.\d+(?:[-+][0-9A-Za-z.+-]+)?$/.test(version))
    throw refuse(`"${version}" is no version of npm's`, 'Write three numbers: 0.1.0.');
  const { required } = asked;
  return { ...rest, version, entry: './index.js', ...(isEmpty(required) ? {} : { permissions: required }) };
}

async function writeStage(stage: string, { target, read }: ReadTarget, manifest: PluginManifest, own: Json): Promise<void> {
  // A file alone in a project has no README of its own there.
  const isOwn = target.manifestFile !== undefined || own['name'] !== undefined || stemOf(target) === 'plugin';
  const present = TEXTS.filter((name) => isOwn && existsSync(join(folderOf(target), name)));
  const kept = Object.entries(own).filter(([key]) => KEPT.includes(key));
  const { name, version, description } = manifest;
  const described = {
    name,
    version,
    ...(description === undefined ? {} : { description }),
    license: 'UNLICENSED',
    ...Object.fromEntries(kept),
    type: 'module',
    exports: { '.': './index.js', './plugin.json': './plugin.json' },
    files: ['index.js', 'plugin.json', ...present],
  };
  // The very bytes that were checked: nothing is resolved again where the package is installed.
  await writeFile(join(stage, 'index.js'), `${read.bundle.code}\nexport default __vp_plugin.default;\n`);
  await writeFile(join(stage, 'plugin.json'), `${JSON.stringify(manifest, null, 2)}\n`);
  await writeFile(join(stage, 'package.json'), `${JSON.stringify(described, null, 2)}\n`);
  for (const text of present) await copyFile(join(folderOf(target), text), join(stage, text));
}

/** Reads what will be packed as its user's VP will. */
async function proveStage(stage: string, manifest: PluginManifest): Promise<void> {
  const { name, version = '' } = manifest;
  const request = { use: name, kind: 'package', entry: join(stage, 'index.js'), manifestFile: join(stage, 'plugin.json') } as const;
  const compiler = new Compiler();
  try {
    await readPlugin({ ...request, manifest, version }, compiler.ask);
  } finally {
    await compiler.close();
  }
}

async function npmPack(stage: string, into: string, plugin: string, { env, signal }: CommandContext): Promise<Packed> {
  const args = [
    'pack',
    '--json',
    '--ignore-scripts',
    '--offline',
    '--no-update-notifier',
    '--loglevel=error',
    `--pack-destination=${into}`,
  ];
  try {
    const { stdout } = await promisify(execFile)('npm', args, { cwd: stage, env: { ...env }, signal, timeout: NPM_MS });
    const [made] = JSON.parse(stdout) as readonly { filename: string; files: readonly { path: string; size: number }[] }[];
    if (made === undefined) throw new Error('npm pack made nothing');
    const path = join(into, made.filename);
    const sha256 = createHash('sha256')
      .update(await readFile(path))
      .digest('hex');
    return { path, bytes: (await stat(path)).size, sha256, files: made.files.map((file) => ({ path: file.path, size: file.size })) };
  } catch (cause) {
    if (isVpError(cause)) throw cause;
    const said = (cause as { stderr?: unknown }).stderr;
    const why = typeof said === 'string' && said !== '' ? said.trim() : reasonOf(cause);
    throw commandError('VP_PLUGIN_PACK', { plugin, why: `npm pack failed: ${why}` }, { plugin, cause, hint: 'npm must be on the PATH.' });
  }
}

function report(context: CommandContext, { name, version, permissions = {} }: PluginManifest, packed: Packed): void {
  if (context.json) return context.print(JSON.stringify({ name, version, ...packed }));
  const isTold = permissions.log === true && permissions.timers === true && permissions.kv === true;
  const lines = [
    `${styled('green', 'packed')}  ${packed.path}`,
    `        ${size(packed.bytes)}, sha256 ${packed.sha256}`,
    ...packed.files.map((file) => `        ${size(file.size).padStart(10)}  ${file.path}`),
    '',
    ...(isTold
      ? []
      : ['As a package it has log, timers and kv only where its manifest asks for them; a file of a config has them anyway.']),
    `Publish it with: npm publish ${packed.path}`,
  ];
  for (const line of lines) context.print(line);
}
