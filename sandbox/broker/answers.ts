/**
 * What a guest's tap may answer, by hook. Anything else throws, and the kernel then takes it for what a failing tap means: a refusal
 * where the hook guards something.
 */
import type { RecoveryPlan, SpawnSpec } from '@vp/schemas';
import type { BudgetAnswer, HookName, Severity } from '@vp/sdk';
import { findingsOf } from './findings.ts';
import { entriesOf, textOf } from './plain.ts';
import { restrictChange } from './spawn.ts';
import { visible } from './visible.ts';

const MAX_REASON = 2_000;
const MAX_DELAY_MS = 86_400_000;
const SEVERITIES: readonly Severity[] = ['ok', 'warn', 'throttle', 'deny'];
const STRATEGIES: readonly RecoveryPlan['strategy'][] = ['immediate', 'delayed', 'manual'];

/** The answer rebuilt from what is known of it. `spec`: of `pre-spawn`, with nothing taken out. @throws TypeError */
export function checkAnswer(hook: HookName, answer: unknown, spec?: SpawnSpec): unknown {
  switch (hook) {
    case 'pre-spawn':
      if (spec === undefined) throw new TypeError('a change is checked against what it changes');
      return restrictChange(spec, answer);
    case 'pre-command':
      return findingsOf(answer);
    case 'budget-check':
      return severityOf(answer);
    case 'on-crash':
      return planOf(answer);
    case 'on-output':
    case 'session-start':
    case 'session-end':
    case 'pre-edit':
    case 'post-edit':
    case 'post-command':
      return undefined; // these only look, and an arrow function answers without meaning to
    default:
      throw new TypeError(`there is no hook ${String(hook satisfies never)}`);
  }
}

function severityOf(answer: unknown): undefined | Severity | BudgetAnswer {
  if (answer === undefined || isSeverity(answer)) return answer;
  const entries = entriesOf(answer, ['severity', 'reason'], 'an answer to budget-check');
  const severity = entries.get('severity');
  if (!isSeverity(severity)) throw new TypeError(`the severity is one of ${SEVERITIES.join(', ')}`);
  return { severity, reason: reasonOf(entries.get('reason')) };
}

function planOf(answer: unknown): undefined | RecoveryPlan {
  if (answer === undefined) return undefined;
  const entries = entriesOf(answer, ['strategy', 'reason', 'delayMs'], 'a plan');
  const strategy = STRATEGIES.find((one) => one === entries.get('strategy'));
  if (strategy === undefined) throw new TypeError(`the strategy is one of ${STRATEGIES.join(', ')}`);
  const delayMs = entries.get('delayMs');
  const plan = { strategy, reason: reasonOf(entries.get('reason')) };
  if (delayMs === undefined) return plan;
  if (typeof delayMs !== 'number' || !(delayMs >= 0 && delayMs <= MAX_DELAY_MS)) {
    throw new TypeError(`delayMs is a number from 0 to ${MAX_DELAY_MS}`);
  }
  return { ...plan, delayMs };
}

function reasonOf(value: unknown): string {
  return visible(textOf(value, MAX_REASON, 'the reason'), MAX_REASON, '\n\t');
}

function isSeverity(value: unknown): value is Severity {
  return SEVERITIES.includes(value as Severity);
}
