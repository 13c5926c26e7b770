/** A call, its facts and a charter: the verdict. Pure. */
import type { Attributed, Facts, Finding, Judgement, PolicyCall } from '@vp/sdk';
import { charterFindings, type CharterRules } from '../rules/charter.ts';
import type { RuleFinding } from '../rules/finding.ts';
import { builtIn } from '../rules/floor.ts';
import { discharge } from './discharge.ts';
import { join } from './join.ts';

/** Name of this plugin: what it said in a hook is worked out anew. */
export const SELF = '@vp/policy';

/** What a verdict is taken on. */
export interface Case {
  readonly call: PolicyCall;
  readonly facts: Facts;
  /** Of the charter in force. */
  readonly rules: CharterRules;
  /** What plugins said. */
  readonly said?: readonly Attributed<Finding>[];
  /** `performance.now()` when the work on this call began. */
  readonly startedAt: number;
}

/** Takes the verdict. */
export function judge({ call, facts, rules, said = [], startedAt }: Case): Judgement {
  const action = { call, facts };
  const findings = [...builtIn(action), ...charterFindings(rules, action), ...said.filter(({ plugin }) => plugin !== SELF).map(fromPlugin)];
  return join(discharge(findings, rules, action), Math.round((performance.now() - startedAt) * 1_000));
}

function fromPlugin({ plugin, level, rule, reason, instead }: Attributed<Finding>): RuleFinding {
  return {
    rule: rule ?? plugin,
    level,
    from: plugin,
    source: null,
    reason,
    instead: instead ?? null,
    span: null,
    effects: [],
    liftable: false,
  };
}
