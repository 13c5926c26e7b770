/** Changes on disk: which plugins they concern, which may apply themselves, and which wait for `vp reload`. */
import { dirname } from 'node:path';
import { filesOf } from '../loader/bundle.ts';
import { load, type Loaded } from '../loader/load.ts';
import { isVpError } from '@vp/sdk';
import { checkPlugins } from '../core/place.ts';
import { applyConfig } from './configure.ts';
import type { Running } from '../core/host.ts';
import { takeDown } from '../core/lifecycle.ts';
import type { PluginRecord } from '../core/plugin.ts';
import { replacePlugin, type Outcome } from './replace.ts';

/** The name under which a changed config is staged. */
const CONFIG = 'vp.config';

export class Changes {
  readonly #running: Running;
  readonly #staged = new Set<string>();
  /** What was read of a config that was refused. */
  #refused: readonly string[] | undefined;

  constructor(running: Running) {
    this.#running = running;
  }

  /** Plugin names, or `vp.config`, that wait for a reload. */
  get staged(): string[] {
    return [...this.#staged];
  }

  /** Files whose change may concern this kernel. */
  get files(): string[] {
    return [...this.#configFiles, ...[...this.#running.records.values()].flatMap((record) => record.files)];
  }

  /** Applies what may apply itself and stages the rest. */
  async onFiles(files: ReadonlySet<string>): Promise<void> {
    const { records } = this.#running;
    const touched = [...records.values()].map((record): [string, string[]] => [
      record.name,
      touchedBy(files, record.files, record.pending !== null),
    ]);
    touched.push([CONFIG, touchedBy(files, this.#configFiles, this.#refused !== undefined)]);
    const apply = touched.filter(([what, changed]) => changed.length > 0 && !this.#stage(what, changed)).map(([what]) => what);
    if (apply.includes(CONFIG)) await this.reloadConfig();
    await this.reloadPlugins(apply.filter((what) => what !== CONFIG && records.has(what)));
    if (apply.includes(CONFIG)) await this.#retryConfig();
  }

  /** Reads the config and all plugins again and puts them in force, also what is staged. */
  async reloadAll(): Promise<Outcome[]> {
    await this.reloadConfig();
    const outcomes = await this.reloadPlugins([...this.#running.records.keys()]);
    await this.#retryConfig();
    return outcomes;
  }

  /** Loads these plugins anew and puts them in force. A version that is refused is an outcome. */
  async reloadPlugins(names: readonly string[]): Promise<Outcome[]> {
    const outcomes: Outcome[] = [];
    for (const name of names) {
      const record = this.#running.records.get(name);
      if (record === undefined) continue;
      const outcome = await this.#reloadPlugin(record);
      this.#staged.delete(name);
      outcomes.push(outcome);
      this.#running.events.emit('reload', outcome);
      this.#running.events.emit('plugin', record.status());
    }
    return outcomes;
  }

  /** Reads the config again and applies the difference. An invalid one changes nothing. */
  async reloadConfig(): Promise<void> {
    const { records, host, events } = this.#running;
    this.#staged.delete(CONFIG);
    try {
      const next = await this.#running.readConfig();
      if (next === undefined) return;
      await applyConfig(next, records, this.#running.loadContext(next), host, () => void (this.#running.config = next));
      this.#refused = undefined;
      events.emit('config-applied', next);
      for (const record of records.values()) events.emit('plugin', record.status());
    } catch (error) {
      this.#refused = filesOf(error);
      events.emit('config-rejected', { error });
    }
  }

  /** A refused config may fit the plugins that were reloaded since. */
  async #retryConfig(): Promise<void> {
    if (this.#refused !== undefined) await this.reloadConfig();
  }

  get #configFiles(): readonly string[] {
    return [...(this.#running.config?.inputs ?? []), ...(this.#refused ?? [])];
  }

  async #reloadPlugin(record: PluginRecord): Promise<Outcome> {
    const { config, records, host } = this.#running;
    if (config === undefined) return { plugin: record.name, result: 'unchanged' };
    let next: Loaded | undefined;
    try {
      next = await load(record.entry, this.#running.loadContext(config));
      const all = [...records.values()].map((other) => (other === record && next ? next : other.loaded));
      checkPlugins(all, config);
      this.#rename(record, next.name);
      return await replacePlugin(record, next, host);
    } catch (error) {
      if (isVpError(error) && error.code === 'VP_GRANT_REVOKED') await this.#endRevoked(record);
      record.refuse({ inputs: next?.inputs ?? filesOf(error) }, error);
      return { plugin: record.name, result: 'refused', error };
    }
  }

  /** A plugin that could not be read bears a makeshift name until it can. */
  #rename(record: PluginRecord, name: string): void {
    if (record.name === name || record.current !== undefined) return;
    const entries = [...this.#running.records.values()];
    record.name = name;
    this.#running.records.clear();
    for (const one of entries) this.#running.records.set(one.name, one);
  }

  async #endRevoked(record: PluginRecord): Promise<void> {
    record.loaded.runtime?.end(record.name, 'revoked');
    await takeDown(record, this.#running.host);
  }

  /** Stages a change that must not apply itself. What waits goes on waiting: applying a later change would apply it too. */
  #stage(what: string, changed: readonly string[]): boolean {
    const { records, config, host, events } = this.#running;
    const record = records.get(what);
    // A sandboxed plugin can do no more after a change than before: what it may do is granted elsewhere.
    if (record?.entry.trust !== 'kernel' && record?.loaded.tier === 'sandboxed' && !this.#staged.has(what)) return false;
    const mustWait = config?.reload.auto === 'never' || this.#staged.has(what) || changed.some((file) => host.workspaces.contains(file));
    if (!mustWait) return false;
    this.#staged.add(what);
    if (record) record.pending = 'changed on disk; waits for `vp reload`';
    events.emit('staged', { what, files: changed });
    return true;
  }
}

/** Which of the changed files concern something made of `inputs`. What is broken may also be mended by a new file beside them. */
function touchedBy(files: ReadonlySet<string>, inputs: readonly string[], isBroken: boolean): string[] {
  const folders = new Set(isBroken ? inputs.map((file) => dirname(file)) : []);
  return [...files].filter((file) => inputs.includes(file) || folders.has(dirname(file)));
}
