/** What the parts of one version of the plugin share. */
import type { PluginContext, SessionEvents } from '@vp/sdk';
import type { Options } from './config.ts';
import type { DriverOf } from './drivers/driver.ts';
import type { Gate } from './gate/gate.ts';
import type { Platform } from './platform/platform.ts';
import type { EventLog } from './session/event-log.ts';
import type { Held, Registry } from './state/registry.ts';

export interface Environment {
  readonly ctx: PluginContext<Options>;
  readonly config: Options;
  readonly platform: Platform;
  readonly gate: Gate;
  readonly driverOf: DriverOf;
  readonly registry: Registry;
  readonly eventLog: EventLog;
  /** The machine's boot. */
  readonly boot: string;
  /** This version's owner token. */
  readonly token: object;
  readonly emit: <K extends keyof SessionEvents>(event: K, payload: SessionEvents[K]) => void;
  /** Called once a session's end is journaled. */
  readonly ended: (held: Held) => void;
}
