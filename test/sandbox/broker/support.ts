/** What the tests of the broker stand on: a plugin's context as the kernel makes it, and a temporary folder. */
import { mkdirSync, mkdtempSync, readdirSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { Permissions } from '@vp/schemas';
import type { PluginContext, ServiceRef } from '@vp/sdk';
import { onTestFinished } from 'vitest';
import { environment, files, keyValue } from '../../../kernel/core/tools.ts';
import { Services } from '../../../kernel/core/services.ts';
import { Broker, type RequestMessage } from '../../../sandbox/broker/broker.ts';
import { limitsOf, type Limits } from '../../../sandbox/limits.ts';
import type { ToGuest } from '../../../sandbox/protocol.ts';
import type { Seams } from '../../../sandbox/seams.ts';

/** A temporary folder that is gone after the test. Real path, since a system's own may be a link. */
export function temporary(): string {
  const dir = realpathSync(mkdtempSync(join(tmpdir(), 'vp-broker-')));
  onTestFinished(() => rmSync(dir, { recursive: true, force: true }));
  return dir;
}

/** Writes files: path to text. */
export function put(dir: string, texts: Readonly<Record<string, string>>): void {
  for (const [path, text] of Object.entries(texts)) {
    mkdirSync(dirname(join(dir, path)), { recursive: true });
    writeFileSync(join(dir, path), text);
  }
}

/** How many descriptors this process has open, where that can be told. */
export function openFiles(): number {
  return process.platform === 'linux' ? readdirSync('/proc/self/fd').length : 0;
}

/** What a promise was rejected with; fails where it was not. */
export async function refusal(promise: Promise<unknown>): Promise<{ code: string; message: string }> {
  try {
    await promise;
  } catch (error) {
    return error as { code: string; message: string };
  }
  throw new Error('it was not refused');
}

/** A line that a plugin logged. */
export interface Line {
  readonly level: string;
  readonly fields: unknown;
  readonly message: string;
}

/** A context with the kernel's own tools. */
export function context(home: string, baseDir: string, services = new Services(() => undefined)): { ctx: PluginContext; lines: Line[] } {
  const lines: Line[] = [];
  const write = (level: string) => (fields: unknown, message?: string) =>
    void lines.push(message === undefined ? { level, fields: {}, message: String(fields) } : { level, fields, message });
  const log = { debug: write('debug'), info: write('info'), warn: write('warn'), error: write('error') };
  const ctx = {
    name: 'guest',
    home,
    log,
    kv: keyValue(home, 'guest'),
    fs: files(baseDir),
    env: environment({}),
    use: (ref: ServiceRef) => services.facade(ref, (_label, undo) => undo),
  } as unknown as PluginContext;
  return { ctx, lines };
}

type Reply = Extract<ToGuest, { k: 'reply' }>;

/** A broker and what it said. */
export interface Bench {
  readonly broker: Broker;
  readonly sent: ToGuest[];
  /** What was not handed on. */
  readonly dropped: { logs: number; events: number };
  readonly lines: Line[];
  readonly home: string;
  readonly baseDir: string;
  /** Asks, and gives the answer. */
  ask(cap: string, ...args: unknown[]): Promise<Reply>;
}

/** What a test may set of a broker. */
export interface BenchSettings {
  readonly permissions?: Permissions;
  readonly limits?: Partial<Limits>;
  readonly seams?: Seams;
  readonly services?: Services;
  readonly refs?: readonly ServiceRef[];
  readonly waiting?: () => number;
  readonly kept?: (baseDir: string) => readonly string[];
  readonly dir?: string;
}

/** A broker over a temporary folder. */
export function bench(settings: BenchSettings = {}): Bench {
  const dir = settings.dir ?? temporary();
  const home = join(dir, 'home');
  const baseDir = join(dir, 'base');
  for (const one of [home, baseDir]) mkdirSync(one, { recursive: true });
  const { ctx, lines } = context(home, baseDir, settings.services);
  const sent: ToGuest[] = [];
  const waiters = new Map<number, (reply: Reply) => void>();
  const dropped = { logs: 0, events: 0 };
  const broker = new Broker({
    onDropped: (what, count) => (dropped[what] += count),
    plugin: 'guest',
    permissions: settings.permissions ?? {},
    limits: limitsOf(settings.limits),
    ctx,
    baseDir,
    ...(settings.seams === undefined ? {} : { seams: settings.seams }),
    ...(settings.waiting === undefined ? {} : { waiting: settings.waiting }),
    kept: () => settings.kept?.(baseDir) ?? [],
    ref: (name) => settings.refs?.find((ref) => `${ref.id}@${ref.version}` === name),
    send(message) {
      sent.push(message);
      if (message.k === 'reply') waiters.get(message.id)?.(message);
    },
  });
  onTestFinished(() => broker.close());
  let id = 0;
  const ask = (cap: string, ...args: unknown[]): Promise<Reply> => {
    const { promise, resolve } = Promise.withResolvers<Reply>();
    id += 1;
    waiters.set(id, resolve);
    broker.request({ k: 'req', id, cap, args } as RequestMessage);
    return promise;
  };
  return { broker, sent, dropped, lines, home, baseDir, ask };
}
