/** Proves the gate on the installed agent before its first session: launch flags, settings, and that a call waits and can be denied. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Logger } from '@vp/sdk';
import { binKey } from '../start/bin.ts';
import { errors } from '../errors.ts';
import { readJson, writeWhole } from '../holder/folder.ts';
import { claudeArgv, claudeSettings } from '../start/launch.ts';
import { rehearse, type Rehearsal } from './rehearsal.ts';
import { startStub } from './stub.ts';

/** What a canary found. Kept in `canary.json`. */
export interface Proof {
  /** Names the installation: path, time and size of the program, and what it was asked. */
  readonly key: string;
  readonly version: string;
  /** Null where the gate holds. */
  readonly fault: string | null;
  /** The agent says that it honours `onFailure: "block"`. */
  readonly blocksOnFailure: boolean;
  /** ISO 8601. */
  readonly at: string;
}

/** Raised whenever the canary asks for more: older proofs then count no more. */
const CANARY_VERSION = 1;
const SECRET = 'canary-content';
const KEY = 'sk-ant-made-up-key-for-the-canary';

/** The proof that is kept for a program; undefined where there is none for this very installation of it. */
export function keptProof(home: string, bin: string): Proof | undefined {
  const kept = readJson(fileOf(home)) as Proof | undefined;
  return kept?.key === keyOf(bin) ? kept : undefined;
}

export class Canary {
  readonly #file: string;
  readonly #enabled: boolean;
  readonly #path: () => string | undefined;
  readonly #log: Logger;
  readonly #running = new Map<string, Promise<Proof>>();

  constructor(home: string, enabled: boolean, path: () => string | undefined, log: Logger) {
    this.#file = fileOf(home);
    this.#enabled = enabled;
    this.#path = path;
    this.#log = log;
  }

  /** Waits for the proof on a program; a proof is made once for each installation. @throws VP_CLAUDE_UNFIT */
  async check(bin: string): Promise<void> {
    if (!this.#enabled) return;
    const proof = await this.#proofOf(bin);
    if (proof.fault !== null) throw errors('VP_CLAUDE_UNFIT', { bin, version: proof.version, why: proof.fault });
  }

  #proofOf(bin: string): Promise<Proof> {
    const key = keyOf(bin);
    const known = this.#running.get(key);
    if (known !== undefined) return known;
    const kept = readJson(this.#file) as Proof | undefined;
    // A failure is tried again by the next kernel: it may have been the machine's.
    const proof = kept?.key === key && kept.fault === null ? Promise.resolve(kept) : this.#prove(bin, key);
    this.#running.set(key, proof);
    return proof;
  }

  async #prove(bin: string, key: string): Promise<Proof> {
    const found = await prove(bin, this.#path()).catch((error: unknown) => ({
      version: 'unknown',
      blocksOnFailure: false,
      fault: `it could not be tried: ${String(error)}`,
    }));
    const proof: Proof = { key, ...found, at: new Date().toISOString() };
    writeWhole(this.#file, `${JSON.stringify(proof, null, 2)}\n`);
    if (proof.fault === null) this.#log.info({ bin, version: proof.version }, 'the gate holds on the installed agent');
    else this.#log.error({ bin, version: proof.version, fault: proof.fault }, 'the installed agent cannot be governed');
    return proof;
  }
}

/** Runs the agent once against a stub, in a home of its own with a made-up key. */
export async function prove(bin: string, path: string | undefined): Promise<Pick<Proof, 'version' | 'fault' | 'blocksOnFailure'>> {
  const root = mkdtempSync(join(tmpdir(), 'vp-canary-'));
  const marker = join(root, 'marker');
  const files = { settings: join(root, 'settings.json'), instructions: join(root, 'CLAUDE.md') };
  const stub = await startStub(`cat ${marker}`);
  try {
    writeFileSync(marker, SECRET);
    writeFileSync(files.settings, claudeSettings(false), { mode: 0o600 });
    writeFileSync(files.instructions, 'You are being tested.\n');
    const argv = claudeArgv({ bin, folder: files, id: crypto.randomUUID(), limits: {}, trustProject: false, memory: [root] });
    const rehearsal = await rehearse(argv, root, environment(root, stub.url, path));
    return { version: rehearsal.version, blocksOnFailure: rehearsal.blocksOnFailure, fault: faultOf(rehearsal, stub.bodies) };
  } finally {
    stub.close();
    rmSync(root, { recursive: true, force: true, maxRetries: 10, retryDelay: 50 });
  }
}

function environment(root: string, url: string, path: string | undefined): Record<string, string> {
  return {
    PATH: path ?? '/usr/bin:/bin',
    HOME: root,
    TMPDIR: root,
    CLAUDE_CONFIG_DIR: join(root, '.claude'),
    ANTHROPIC_API_KEY: KEY,
    ANTHROPIC_BASE_URL: url,
    DISABLE_AUTOUPDATER: '1',
    CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC: '1',
  };
}

function faultOf(rehearsal: Rehearsal, bodies: readonly string[]): string | null {
  if (rehearsal.fault !== null) return rehearsal.fault;
  const answered = bodies[1];
  if (answered === undefined) return 'it did not go on after a denied call';
  if (answered.includes(SECRET)) return 'a denied call ran';
  if (!answered.includes(rehearsal.denial)) return 'the words of a denial did not reach the model';
  return null;
}

function fileOf(home: string): string {
  return join(home, 'canary.json');
}

function keyOf(bin: string): string {
  return `${binKey(bin)} canary ${CANARY_VERSION}`;
}
