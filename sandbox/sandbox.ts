/** The runtime: reads plugins, asks whether they may do what they ask for, and keeps what is known of each over its generations. */
import { createHash } from 'node:crypto';
import type { Permissions } from '@vp/schemas';
import type { PluginRuntime, RuntimeFigures, RuntimeOptions, RuntimePlugin, RuntimeRequest } from '@vp/sdk/runtime';
import type { Lease } from './lease.ts';
import { limitsOf } from './limits.ts';
import { Compiler } from './load/compiler/compiler.ts';
import { readPlugin } from './load/read.ts';
import { admit } from './permissions/admit.ts';
import { readGrants, recordGrant } from './permissions/grants.ts';
import { inWords } from './permissions/words.ts';
import { Kills } from './process/history.ts';
import type { Seams } from './seams.ts';
import { Tenant } from './tenant.ts';

/** What is known of a plugin, whatever its generation. */
interface Known {
  readonly kills: Kills;
  readonly tenants: Set<Tenant>;
  /** The one that was activated last, while it lives. */
  current: Tenant | undefined;
  /** Of the one that was set up first, until one is activated; then of that. */
  permissions: Permissions;
  readonly dropped: { logs: number; events: number; messages: number };
}

export class Sandbox implements PluginRuntime {
  readonly #options: RuntimeOptions;
  readonly #seams: Seams;
  readonly #compiler = new Compiler();
  readonly #known = new Map<string, Known>();
  readonly #listeners = new Set<(plugin: string) => void>();

  constructor(options: RuntimeOptions, seams: Seams) {
    this.#options = options;
    this.#seams = seams;
  }

  async load(request: RuntimeRequest): Promise<RuntimePlugin> {
    const { home } = this.#options;
    const read = await readPlugin(request, this.#compiler.ask);
    const { manifest, bundle, inputs } = read;
    const permissions = await this.#admit(request, read);
    const limits = limitsOf(request.limits);
    const lease: Lease = {
      read,
      permissions,
      limits,
      home,
      baseDir: request.baseDir,
      deadlineMs: request.deadlineMs,
      seams: this.#seams,
      service: this.#options.service,
      warn: this.#options.warn,
    };
    const setup = (ctx: Parameters<typeof Tenant.setUp>[1]): Promise<void> => this.#setUp(lease, ctx);
    const codeHash = sha256(JSON.stringify([bundle.code, permissions, limits]));
    return { manifest, definition: { name: manifest.name, setup }, codeHash, inputs };
  }

  figures(plugin: string): RuntimeFigures | undefined {
    const known = this.#known.get(plugin);
    if (known === undefined) return undefined;
    const { permissions, kills, current, dropped } = known;
    const { memoryBytes = null, cpuMs = null } = current?.figures() ?? {};
    const { since, reason } = kills.quarantined ?? {};
    const quarantined = since === undefined || reason === undefined ? null : { since, reason, lift: `vp reload ${plugin}` };
    return { permissions, words: inWords(permissions), memoryBytes, cpuMs, kills: kills.list, quarantined, dropped: { ...dropped } };
  }

  isSpent(plugin: string): boolean {
    const known = this.#known.get(plugin);
    return known !== undefined && (known.current === undefined || known.current.isOver);
  }

  end(plugin: string, reason: 'revoked'): void {
    for (const tenant of this.#known.get(plugin)?.tenants ?? []) tenant.kill(reason, 'by its user');
  }

  onChange(listener: (plugin: string) => void): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  async close(): Promise<void> {
    const tenants = [...this.#known.values()].flatMap((known) => [...known.tenants]);
    await Promise.all([...tenants.map((tenant) => tenant.end()), this.#compiler.close()]);
  }

  /** What the plugin may do; a grant that the config gives is recorded. @throws where it may not run */
  async #admit(request: RuntimeRequest, read: Lease['read']): Promise<Permissions> {
    const { home } = this.#options;
    const { manifest, declaredHooks, version, sourceHash } = read;
    if (this.#seams.grantAll) return { ...manifest.permissions, ...manifest.optionalPermissions };
    const known = readGrants(home).get(manifest.name);
    const { permissions, record } = admit({
      ...request,
      manifest,
      declaredHooks,
      version,
      sourceHash,
      now: Date.now(),
      ...(known === undefined ? {} : { record: known }),
    });
    if (record) await recordGrant(home, record);
    return permissions;
  }

  async #setUp(lease: Lease, ctx: Parameters<typeof Tenant.setUp>[1]): Promise<void> {
    const { name } = lease.read.manifest;
    const known = this.#of(name, lease.permissions);
    await Tenant.setUp(lease, ctx, {
      kills: known.kills,
      began: (one) => void known.tenants.add(one),
      activated: (one) => {
        known.current = one;
        known.permissions = lease.permissions;
        // What became of earlier versions says nothing of this one.
        known.kills.clear();
      },
      ended: (one) => {
        known.tenants.delete(one);
        if (known.current === one) known.current = undefined;
      },
      dropped: (what, count) => void (known.dropped[what] += count),
      changed: () => this.#tell(name),
    });
  }

  #of(name: string, permissions: Permissions): Known {
    const known = this.#known.get(name) ?? {
      kills: new Kills(),
      tenants: new Set<Tenant>(),
      current: undefined,
      permissions,
      dropped: { logs: 0, events: 0, messages: 0 },
    };
    this.#known.set(name, known);
    return known;
  }

  #tell(plugin: string): void {
    for (const listener of this.#listeners) listener(plugin);
  }
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
