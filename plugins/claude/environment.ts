/** What the parts of one version of the plugin share. */
import type { PluginContext, SessionEvents } from '@vp/sdk';
import type { Options } from './config.ts';
import type { DriverOf } from './drivers/driver.ts';
import type { Gate } from './gate.ts';
import type { Platform } from './platform/platform.ts';
import type { Registry } from './registry.ts';

export interface Environment {
  readonly ctx: PluginContext<Options>;
  readonly config: Options;
  readonly platform: Platform;
  readonly gate: Gate;
  readonly driverOf: DriverOf;
  readonly registry: Registry;
  /** This version's owner token. */
  readonly token: object;
  readonly emit: <K extends keyof SessionEvents>(event: K, payload: SessionEvents[K]) => void;
  /** Called once a session's end is journaled. */
  readonly ended: (id: string) => void;
}
