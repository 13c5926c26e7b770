/** Real host processes, spoken to by hand in lines of protocol.ts. */
import { spawn, type ChildProcessWithoutNullStreams } from 'node:child_process';
import { existsSync, mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, expect } from 'vitest';
import { preludeSource } from '../../../sandbox/guest/index.ts';
import { DEFAULT_LIMITS, type Limits } from '../../../sandbox/limits.ts';
import type { Boot, FromGuest, FromHost, GuestOp, ToGuest, ToHost } from '../../../sandbox/protocol.ts';

export type Ret = Extract<FromGuest, { k: 'ret' }>;
export type Req = Extract<FromGuest, { k: 'req' }>;
export type Log = Extract<FromGuest, { k: 'log' }>;

export interface HostOptions {
  readonly limits?: Partial<Limits>;
  readonly boot?: Partial<Boot>;
  readonly extra?: string;
}

const PATIENCE_MS = 20_000;
/** Long enough for honest code on a busy machine. */
const SLICE_MS = 5_000;
const program = realpathSync(join(import.meta.dirname, '../../../sandbox/host/host.js'));
const addon = findAddon();
const open: Host[] = [];

afterEach(async () => {
  for (const host of open.splice(0)) await host.end();
});

function findAddon(): string {
  const folder = dirname(createRequire(import.meta.url).resolve('isolated-vm/package.json'));
  const built = join(folder, `prebuilds/${process.platform}-${process.arch}/isolated-vm.abi${process.versions.modules}`);
  const found = [`${built}.glibc.node`, `${built}.musl.node`, `${built}.node`].find((file) => existsSync(file));
  if (found === undefined) throw new Error('isolated-vm has no build for this Node');
  return realpathSync(found);
}

/** The bundle of a plugin whose definition is `definition`; `head` comes before it. */
export function bundle(definition: string, head = ''): string {
  return `var __vp_plugin = (() => { 'use strict';\n${head}\nreturn { default: ${definition} }; })();`;
}

/** A host process with `code` sent to it. */
export function startHost(code: string, options: HostOptions = {}): Host {
  const host = new Host(code, options);
  open.push(host);
  return host;
}

/** The same, loaded and set up. */
export async function startPlugin(definition: string, options: HostOptions & { readonly head?: string } = {}): Promise<Host> {
  const host = startHost(bundle(definition, options.head), options);
  await host.until((line) => line.t === 'loaded');
  const done = await host.call({ op: 'setup' });
  expect(done, JSON.stringify(done)).toMatchObject({ ok: true });
  return host;
}

export class Host {
  readonly lines: FromHost[] = [];
  /** Lines that are no JSON object. */
  readonly garbage: string[] = [];
  readonly child: ChildProcessWithoutNullStreams;
  readonly ended: Promise<void>;
  /** Answers a request at once. */
  onRequest: ((request: Req) => unknown) | undefined;
  stderr = '';
  readonly #cwd = mkdtempSync(join(tmpdir(), 'vp-host-'));
  #rest = '';
  #id = 0;

  constructor(code: string, { limits = {}, boot = {}, extra }: HostOptions) {
    const reads = [`--allow-fs-read=${program}`, `--allow-fs-read=${addon}`];
    const flags = ['--permission', '--allow-addons', ...reads, '--max-old-space-size=64', '--no-warnings'];
    this.child = spawn(process.execPath, [...flags, program, addon], { env: {}, cwd: this.#cwd, stdio: 'pipe' });
    this.ended = new Promise((resolve) => this.child.on('close', () => resolve()));
    this.child.stdout.setEncoding('utf8').on('data', (chunk: string) => this.#read(chunk));
    this.child.stderr.on('data', (chunk: Buffer) => (this.stderr += chunk.toString()));
    this.child.stdin.on('error', () => undefined);
    const all = { ...DEFAULT_LIMITS, ...limits };
    this.send({
      t: 'init',
      limits: all,
      prelude: preludeSource(),
      code,
      file: 'plugin.js',
      boot: bootOf(all, boot),
      ...(extra && { extra }),
    });
  }

  get isRunning(): boolean {
    return this.child.exitCode === null && this.child.signalCode === null;
  }

  /** What the guest said, oldest first. */
  get said(): FromGuest[] {
    return this.lines.flatMap((line) => (line.t === 'guest' ? [JSON.parse(line.text) as FromGuest] : []));
  }

  get logs(): Log[] {
    return this.said.filter((message) => message.k === 'log');
  }

  get requests(): Req[] {
    return this.said.filter((message) => message.k === 'req');
  }

  send(message: ToHost): void {
    this.child.stdin.write(`${JSON.stringify(message)}\n`);
  }

  tell(message: ToGuest, ms = SLICE_MS): void {
    this.send({ t: 'guest', text: JSON.stringify(message), ms });
  }

  /** Asks the guest for something without waiting for the answer; gives the call's id. */
  ask(op: GuestOp, ms = SLICE_MS): number {
    this.#id += 1;
    this.tell({ k: 'call', id: this.#id, op }, ms);
    return this.#id;
  }

  /** The answer to a call. */
  async call(op: GuestOp, ms = SLICE_MS): Promise<Ret> {
    const id = this.ask(op, ms);
    return this.answer(id);
  }

  async answer(id: number): Promise<Ret> {
    const isIt = (line: FromHost): boolean => line.t === 'guest' && line.text.startsWith(`{"k":"ret","id":${id},`);
    return JSON.parse(((await this.until(isIt)) as { text: string }).text) as Ret;
  }

  /** The value that tap 1 answers with. */
  async tap(payload: unknown): Promise<unknown> {
    const answer = await this.call({ op: 'tap', tap: 1, payload });
    if (!answer.ok) throw new Error(`${answer.error.name}: ${answer.error.message}`);
    return answer.value;
  }

  /** The first line that is wanted, once it has been said. */
  async until(wanted: (line: FromHost) => boolean): Promise<FromHost> {
    const deadline = performance.now() + PATIENCE_MS;
    let seen = 0;
    while (performance.now() < deadline) {
      const found = this.lines.slice(seen).find(wanted);
      if (found !== undefined) return found;
      seen = this.lines.length;
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    const last = JSON.stringify(this.lines.slice(-5)).slice(-2_000);
    throw new Error(`never said: ${wanted.toString()}; the last lines: ${last} ${this.stderr}`);
  }

  /** Answered by the process, whatever the guest does. */
  async ping(): Promise<number> {
    this.#id += 1;
    const id = this.#id;
    this.send({ t: 'ping', id });
    const pong = await this.until((line) => line.t === 'pong' && line.id === id);
    return pong.t === 'pong' ? pong.heapBytes : 0;
  }

  async end(): Promise<void> {
    this.child.kill('SIGKILL');
    await this.ended;
    rmSync(this.#cwd, { recursive: true, force: true });
  }

  #read(chunk: string): void {
    const lines = (this.#rest + chunk).split('\n');
    this.#rest = lines.pop() ?? '';
    for (const line of lines) this.#take(line);
  }

  #take(text: string): void {
    let line: FromHost;
    try {
      line = JSON.parse(text) as FromHost;
    } catch {
      this.garbage.push(text);
      return;
    }
    this.lines.push(line);
    if (line.t !== 'guest' || this.onRequest === undefined) return;
    const message = JSON.parse(line.text) as FromGuest;
    if (message.k === 'req') this.tell({ k: 'reply', id: message.id, ok: true, value: this.onRequest(message) });
  }
}

function bootOf(limits: Limits, given: Partial<Boot>): Boot {
  const { timers, messageBytes, inFlight } = limits;
  return {
    name: 'guest',
    config: {},
    previous: null,
    env: {},
    may: { hooks: ['pre-command', 'on-output'], timers: true, log: true, kv: true, fs: true, net: true },
    services: [],
    declared: [],
    hooks: ['pre-command', 'on-output', 'pre-spawn'],
    limits: { timers, messageBytes, inFlight },
    ...given,
  };
}
