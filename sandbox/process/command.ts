/** The command line of a host: its program, Node's flags, its folder. */
import { existsSync, mkdirSync, realpathSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { reasonOf } from '@vp/sdk';
import { sandboxError } from '../errors.ts';
import type { Seams } from '../seams.ts';
import { outerCommand } from './isolation.ts';

/** What to spawn. The environment is empty in any case. */
export interface HostCommand {
  readonly program: string;
  readonly args: readonly string[];
  readonly cwd: string;
}

const HEAP_MB = 64;

let addon: string | undefined;

/**
 * How to start a host for `plugin`. `home` is the state folder, in which an empty folder is made for it to stand in.
 * @throws VP_SANDBOX_START where the isolate's addon is missing or the folder cannot be made
 */
export async function hostCommand(plugin: string, home: string, seam?: Seams['host']): Promise<HostCommand> {
  try {
    addon ??= findAddon();
    const own = seam ?? ownHost(addon);
    const cwd = emptyFolder(home);
    const [program, ...args] = [...(await outerCommand()), process.execPath, ...own.flags, own.file, addon];
    return { program, args, cwd };
  } catch (error) {
    throw sandboxError('VP_SANDBOX_START', { plugin, why: reasonOf(error) }, { plugin, cause: error });
  }
}

/** It reads its own two files; nothing else is allowed it but the addon. */
function ownHost(addonFile: string): { readonly file: string; readonly flags: readonly string[] } {
  const file = realpathSync(join(import.meta.dirname, '../host/host.js'));
  const reads = [`--allow-fs-read=${file}`, `--allow-fs-read=${addonFile}`];
  return { file, flags: ['--permission', '--allow-addons', ...reads, `--max-old-space-size=${HEAP_MB}`, '--no-warnings'] };
}

function emptyFolder(home: string): string {
  const folder = join(home, 'sandbox', 'empty');
  mkdirSync(dirname(folder), { recursive: true, mode: 0o700 });
  mkdirSync(folder, { recursive: true, mode: 0o500 });
  return folder;
}

/** The addon's file. Its package finds it by reading files that a host may not read, so it is named to the host. */
function findAddon(): string {
  const folder = dirname(createRequire(import.meta.url).resolve('isolated-vm/package.json'));
  const built = join(folder, 'prebuilds', `${process.platform}-${process.arch}`, `isolated-vm.abi${process.versions.modules}`);
  const candidates = [`${built}.${libc()}.node`, `${built}.node`, join(folder, 'build', 'Release', 'isolated_vm.node')];
  const found = candidates.find((file) => existsSync(file));
  if (found === undefined) {
    const where = `${process.platform}-${process.arch}, Node ABI ${process.versions.modules}`;
    throw new Error(`isolated-vm has no build for ${where}; use a Node version that it has one for, or build it`);
  }
  return realpathSync(found);
}

function libc(): string {
  return existsSync('/etc/alpine-release') ? 'musl' : 'glibc';
}
