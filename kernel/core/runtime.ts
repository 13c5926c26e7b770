/** What runs plugins that nobody trusts: given by the process around the kernel, made at the first such plugin. */
import type { ServiceRef } from '@vp/sdk';
import type { PluginRuntime, RuntimeOptions } from '@vp/sdk/runtime';
import type { Host } from './host.ts';

/** Makes the runtime, joined with a kernel. */
export type MakeRuntime = (options: RuntimeOptions) => Promise<PluginRuntime>;

export class Runtimes {
  readonly #make: MakeRuntime;
  readonly #host: Host;
  readonly #changed: (plugin: string) => void;
  #made: Promise<PluginRuntime> | undefined;

  /** `changed` is told of a plugin whose figures a person should see anew. */
  constructor(make: MakeRuntime, host: Host, changed: (plugin: string) => void) {
    this.#make = make;
    this.#host = host;
    this.#changed = changed;
  }

  /** The one runtime of this kernel. */
  readonly get = (): Promise<PluginRuntime> => (this.#made ??= this.#join());

  /** Ends what it runs, where it was ever made. */
  async close(): Promise<void> {
    await (await this.#made)?.close();
  }

  async #join(): Promise<PluginRuntime> {
    const { home, env, services } = this.#host;
    const warn = (fields: object, message: string): void => this.#host.log('sandbox').warn(fields, message);
    const service = (name: string): ServiceRef | undefined => services.known(name);
    const runtime = await this.#make({ home, env, service, warn });
    runtime.onChange(this.#changed);
    return runtime;
  }
}
