/** What of the outer wall works on this machine, found out once. */
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';

/** Which of the means that hold the network work here. */
export interface Isolation {
  /** Hosts run in a network namespace of their own, which has no way out. */
  readonly netns: boolean;
  /** Node's permission model denies the network. */
  readonly permissionNet: boolean;
  /** Why there is no namespace. */
  readonly why?: string;
}

const PROBE_MS = 5_000;
/** By absolute path: the kernel's PATH has no say in what runs here. */
const UNSHARE = ['/usr/bin/unshare', '/bin/unshare'];

let probed: Promise<Isolation> | undefined;

/** What works here; the first call tries it out. Never throws. */
export function isolation(): Promise<Isolation> {
  probed ??= probe();
  return probed;
}

/** What stands before the host's program where namespaces work. */
export async function outerCommand(): Promise<readonly string[]> {
  const file = unshareFile();
  return file !== undefined && (await isolation()).netns ? [file, '-rn', '--'] : [];
}

function unshareFile(): string | undefined {
  return process.platform === 'linux' ? UNSHARE.find((file) => existsSync(file)) : undefined;
}

async function probe(): Promise<Isolation> {
  const permissionNet = process.allowedNodeEnvironmentFlags.has('--allow-net');
  const file = unshareFile();
  if (file === undefined) {
    return { netns: false, permissionNet, why: process.platform === 'linux' ? 'there is no unshare' : `${process.platform} has none` };
  }
  const why = await failureOf(file);
  return why === undefined ? { netns: true, permissionNet } : { netns: false, permissionNet, why };
}

/** Why a namespace cannot be made; undefined where it can. */
function failureOf(unshare: string): Promise<string | undefined> {
  const { promise, resolve } = Promise.withResolvers<string | undefined>();
  const child = spawn(unshare, ['-rn', '--', process.execPath, '--version'], {
    env: {},
    stdio: ['ignore', 'ignore', 'pipe'],
    timeout: PROBE_MS,
  });
  let said = '';
  child.stderr.on('data', (chunk: Buffer) => {
    said = (said + chunk.toString()).slice(0, 200);
  });
  child.on('error', (error) => resolve(error.message));
  child.on('close', (code) => resolve(code === 0 ? undefined : said.trim() || `unshare ended with ${code ?? 'a signal'}`));
  return promise;
}
