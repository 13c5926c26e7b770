/** A session's limits: the strictest of what was asked for and what the charter allows. Pure. */
import type { Charter, SessionConfig, SpawnLimits } from '@vp/sdk';

/** The limits to start with. */
export function limitsOf(config: SessionConfig, charter: Charter): SpawnLimits {
  const { resources, operational } = charter;
  return {
    ...least('timeoutMs', config.timeout, config.limits?.timeoutMs, resources.maxExecutionTime ?? operational.timeout),
    ...least('maxTurns', config.limits?.maxTurns, resources.maxTurns),
    ...least('maxCostUsd', config.limits?.maxCostUsd, resources.maxCostUsd),
  };
}

function least<K extends keyof SpawnLimits>(key: K, ...values: readonly (number | undefined)[]): Pick<SpawnLimits, K> | object {
  const given = values.filter((value) => value !== undefined);
  return given.length === 0 ? {} : { [key]: Math.min(...given) };
}
