/** The engine put together, for the plugin and for commands. */
import { analyse } from './analyse/index.ts';
import { contextFor, type Machine } from './machine.ts';
import { PolicyService, type PolicyParts } from './service.ts';
import { VERSIONS } from './versions.ts';

/** Everything but the analysis, which is always the same. */
export type Parts = Omit<PolicyParts, 'analyse' | 'versions'> & { readonly machine: Machine };

/** The service, looking at this machine. */
export function createPolicy({ machine, ...parts }: Parts): PolicyService {
  return new PolicyService({ ...parts, versions: VERSIONS, analyse: (call) => analyse(call, contextFor(call, machine)) });
}
