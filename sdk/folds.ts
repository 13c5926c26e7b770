/**
 * How the answers of a hook's taps become one result: one rule per kind of hook. No rule can take back what a tap added. Shared by the
 * kernel and the test kit; a plugin has no need of it.
 */
import type { RecoveryPlan, SpawnChange, SpawnSpec } from '@vp/schemas/types';
import type { Attributed, BudgetOutcome, Severity, SpawnOutcome } from './hooks.ts';
import type { Finding } from './verdict.ts';

/** The rule of one kind of hook. `A` is both what has been gathered so far and the result. */
export interface FoldRule<A> {
  start(payload: unknown): A;
  /** Adds an answer. @throws TypeError where the answer is nonsense. */
  add(gathered: A, answer: unknown, plugin: string): A;
  /** Adds what it means that a tap threw, hung or answered nonsense. */
  fail(gathered: A, plugin: string, why: string): A;
  /** What the next tap is given, where that is not the payload itself. */
  input?(gathered: A): unknown;
  /** Whether the rest of the pass cannot change anything. */
  settled(gathered: A): boolean;
}

const SEVERITIES: readonly Severity[] = ['ok', 'warn', 'throttle', 'deny'];

export const transform: FoldRule<SpawnOutcome> = {
  start: (payload) => ({ spec: payload as SpawnSpec }),
  add(gathered, answer, plugin) {
    if (answer === undefined || gathered.spec === undefined) return gathered;
    if (!isObject(answer)) throw new TypeError('a change or deny(…) was expected');
    if (answer['level'] === 'deny') return { refused: { ...findingOf(answer), level: 'deny', plugin } };
    return { spec: changed(gathered.spec, answer) };
  },
  fail: (_gathered, plugin, why) => ({ refused: { level: 'deny', reason: why, rule: 'tap-failed', plugin } }),
  input: (gathered) => gathered.spec,
  settled: (gathered) => gathered.spec === undefined,
};

/** Guards see the final value; a change from one is nonsense, and nonsense is a refusal. */
export const guard: FoldRule<SpawnOutcome> = {
  ...transform,
  add(gathered, answer, plugin) {
    if (answer === undefined || (isObject(answer) && answer['level'] === 'allow')) return gathered;
    if (!isObject(answer) || answer['level'] !== 'deny') throw new TypeError('a guard may only deny');
    return transform.add(gathered, answer, plugin);
  },
};

export const findings: FoldRule<readonly Attributed<Finding>[]> = {
  start: () => [],
  add(gathered, answer, plugin) {
    if (answer === undefined || (isObject(answer) && answer['level'] === 'allow')) return gathered;
    const answers: readonly unknown[] = Array.isArray(answer) ? answer : [answer];
    return [...gathered, ...answers.map((one) => ({ ...findingOf(one), plugin }))];
  },
  fail: (gathered, plugin, why) => [...gathered, { level: 'deny', reason: why, rule: 'tap-failed', plugin }],
  settled: () => false,
};

export const severity: FoldRule<BudgetOutcome> = {
  start: () => ({ severity: 'ok', reasons: [] }),
  add(gathered, answer, plugin) {
    if (answer === undefined || answer === 'ok') return gathered;
    const { severity: level, reason } = isObject(answer) ? answer : { severity: answer, reason: 'budget' };
    if (!isSeverity(level) || typeof reason !== 'string') throw new TypeError('ok, warn, throttle or deny was expected');
    if (level === 'ok') return gathered;
    return { severity: highest(gathered.severity, level), reasons: [...gathered.reasons, { severity: level, reason, plugin }] };
  },
  fail: (gathered, plugin, why) => ({ severity: 'deny', reasons: [...gathered.reasons, { severity: 'deny', reason: why, plugin }] }),
  settled: () => false,
};

export const plan: FoldRule<Attributed<RecoveryPlan> | undefined> = {
  start: () => undefined,
  add(gathered, answer, plugin) {
    if (answer === undefined || gathered !== undefined) return gathered;
    if (!isObject(answer) || typeof answer['reason'] !== 'string' || !isStrategy(answer['strategy'])) {
      throw new TypeError('a plan { strategy, reason } was expected');
    }
    const delayMs = answer['delayMs'];
    return {
      strategy: answer['strategy'],
      reason: answer['reason'],
      plugin,
      ...(typeof delayMs === 'number' && delayMs >= 0 ? { delayMs } : {}),
    };
  },
  fail: (gathered) => gathered,
  settled: (gathered) => gathered !== undefined,
};

/** Whether a spawn spec has its final arguments, and so is for guards. */
export function isFinalSpec(payload: unknown): boolean {
  return isObject(payload) && payload['argv'] !== undefined;
}

function changed(spec: SpawnSpec, change: SpawnChange): SpawnSpec {
  const { prompt = spec.prompt, addPrompt, priority = spec.priority, model = spec.model } = change;
  if (typeof prompt !== 'string' || !['string', 'undefined'].includes(typeof addPrompt))
    throw new TypeError('prompt and addPrompt must be text');
  return {
    ...spec,
    prompt: addPrompt === undefined ? prompt : `${prompt}\n\n${addPrompt}`,
    priority,
    ...(model === undefined ? {} : { model }),
    labels: { ...spec.labels, ...change.labels },
    env: { ...spec.env, ...change.env },
    limits: { ...spec.limits, ...change.limits },
  };
}

/** A finding with nothing but its own known keys; hostile extras do not travel on. */
function findingOf(answer: unknown): Finding {
  if (!isObject(answer)) throw new TypeError('allow(), ask(…) or deny(…) was expected');
  const { level, reason, rule, instead } = answer;
  if (level !== 'ask' && level !== 'deny') throw new TypeError('the level of a finding is ask or deny');
  if (typeof reason !== 'string') throw new TypeError('a finding needs a reason');
  return { level, reason, ...(typeof rule === 'string' ? { rule } : {}), ...(typeof instead === 'string' ? { instead } : {}) };
}

function highest(a: Severity, b: Severity): Severity {
  return SEVERITIES.indexOf(a) >= SEVERITIES.indexOf(b) ? a : b;
}

function isSeverity(value: unknown): value is Severity {
  return SEVERITIES.includes(value as Severity);
}

function isStrategy(value: unknown): value is RecoveryPlan['strategy'] {
  return value === 'immediate' || value === 'delayed' || value === 'manual';
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}
