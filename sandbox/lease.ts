/** What a generation of a sandboxed plugin is set up with, and who keeps count over all of them. */
import type { Permissions } from '@vp/schemas';
import type { ServiceRef } from '@vp/sdk';
import type { Limits } from './limits.ts';
import type { ReadPlugin } from './load/read.ts';
import type { Kills } from './process/history.ts';
import type { Seams } from './seams.ts';
import type { Tenant } from './tenant.ts';

/** What a plugin was loaded with; the same for each of its processes. */
export interface Lease {
  readonly read: ReadPlugin;
  /** In force. */
  readonly permissions: Permissions;
  readonly limits: Limits;
  readonly home: string;
  readonly baseDir: string;
  readonly deadlineMs: (what: string) => number;
  readonly seams: Seams;
  readonly service: (name: string) => ServiceRef | undefined;
  warn(fields: object, message: string): void;
}

/** Who keeps count over all generations. */
export interface Landlord {
  readonly kills: Kills;
  began(tenant: Tenant): void;
  /** From here on it is the one that counts. */
  activated(tenant: Tenant): void;
  ended(tenant: Tenant): void;
  dropped(what: 'logs' | 'events' | 'messages', count: number): void;
  changed(): void;
}
