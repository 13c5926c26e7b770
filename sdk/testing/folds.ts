/** How the answers of taps become one result: the rules of the kernel, for the fake one. A test compares the two. */
import type { RecoveryPlan, SpawnChange, SpawnSpec } from '@vp/schemas/types';
import type { Attributed, BudgetOutcome, HookName, Severity, SpawnOutcome } from '../hooks.ts';
import type { Finding } from '../verdict.ts';

/** The rule of one hook. */
export interface FoldRule<A> {
  readonly deadlineMs: number;
  start(payload: unknown): A;
  /** What the next tap is given, where that is not the payload. */
  view?(gathered: A): unknown;
  /** @throws TypeError where the answer is nonsense. */
  add(gathered: A, answer: unknown, plugin: string): A;
  fail(gathered: A, plugin: string, why: string): A;
  settled(gathered: A): boolean;
}

const SEVERITIES: readonly Severity[] = ['ok', 'warn', 'throttle', 'deny'];

const transform: FoldRule<SpawnOutcome> = {
  deadlineMs: 5_000,
  start: (payload) => ({ spec: payload as SpawnSpec }),
  view: (gathered) => gathered.spec,
  add(gathered, answer, plugin) {
    if (answer === undefined || gathered.spec === undefined) return gathered;
    if (!isObject(answer)) throw new TypeError('a change or deny(…) was expected');
    if (answer['level'] === 'deny') return { refused: { ...findingOf(answer), level: 'deny', plugin } };
    return { spec: changed(gathered.spec, answer) };
  },
  fail: (_gathered, plugin, why) => ({ refused: { level: 'deny', reason: why, rule: 'tap-failed', plugin } }),
  settled: (gathered) => gathered.spec === undefined,
};

const guard: FoldRule<SpawnOutcome> = {
  ...transform,
  add(gathered, answer, plugin) {
    if (isNothing(answer)) return gathered;
    if (!isObject(answer) || answer['level'] !== 'deny') throw new TypeError('a guard may only deny');
    return transform.add(gathered, answer, plugin);
  },
};

const findings: FoldRule<readonly Attributed<Finding>[]> = {
  deadlineMs: 250,
  start: () => [],
  add(gathered, answer, plugin) {
    if (isNothing(answer)) return gathered;
    const answers: readonly unknown[] = Array.isArray(answer) ? answer : [answer];
    return [...gathered, ...answers.map((one) => ({ ...findingOf(one), plugin }))];
  },
  fail: (gathered, plugin, why) => [...gathered, { level: 'deny', reason: why, rule: 'tap-failed', plugin }],
  settled: () => false,
};

const severity: FoldRule<BudgetOutcome> = {
  deadlineMs: 100,
  start: () => ({ severity: 'ok', reasons: [] }),
  add(gathered, answer, plugin) {
    if (answer === undefined || answer === 'ok') return gathered;
    const { severity: level, reason } = isObject(answer) ? answer : { severity: answer, reason: 'budget' };
    if (!SEVERITIES.includes(level as Severity) || typeof reason !== 'string')
      throw new TypeError('ok, warn, throttle or deny was expected');
    if (level === 'ok') return gathered;
    const raised = level as Severity;
    return { severity: highest(gathered.severity, raised), reasons: [...gathered.reasons, { severity: raised, reason, plugin }] };
  },
  fail: (gathered, plugin, why) => ({ severity: 'deny', reasons: [...gathered.reasons, { severity: 'deny', reason: why, plugin }] }),
  settled: () => false,
};

const plan: FoldRule<Attributed<RecoveryPlan> | undefined> = {
  deadlineMs: 1_000,
  start: () => undefined,
  add(gathered, answer, plugin) {
    if (answer === undefined || gathered !== undefined) return gathered;
    const { strategy, reason, delayMs } = isObject(answer) ? answer : {};
    if (typeof reason !== 'string' || !isStrategy(strategy)) throw new TypeError('a plan { strategy, reason } was expected');
    return { strategy, reason, plugin, ...(typeof delayMs === 'number' && delayMs >= 0 ? { delayMs } : {}) };
  },
  fail: (gathered) => gathered,
  settled: (gathered) => gathered !== undefined,
};

/** The rule of a hook; `undefined` for one whose taps only look. A spawn spec with `argv` goes to guards. */
export function ruleOf(hook: HookName, payload: unknown): FoldRule<never> | undefined {
  switch (hook) {
    case 'pre-spawn':
      return (isFinalSpec(payload) ? guard : transform) as FoldRule<never>;
    case 'pre-command':
      return findings as FoldRule<never>;
    case 'budget-check':
      return severity as FoldRule<never>;
    case 'on-crash':
      return plan as FoldRule<never>;
    case 'on-output':
    case 'session-start':
    case 'session-end':
    case 'pre-edit':
    case 'post-edit':
    case 'post-command':
      return undefined;
    default:
      return hook satisfies never;
  }
}

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

function findingOf(answer: unknown): Finding {
  if (!isObject(answer)) throw new TypeError('allow(), ask(…) or deny(…) was expected');
  const { level, reason, rule, instead } = answer;
  if (level !== 'ask' && level !== 'deny') throw new TypeError('the level of a finding is ask or deny');
  if (typeof reason !== 'string') throw new TypeError('a finding needs a reason');
  return { level, reason, ...(typeof rule === 'string' ? { rule } : {}), ...(typeof instead === 'string' ? { instead } : {}) };
}

function isNothing(answer: unknown): boolean {
  return answer === undefined || (isObject(answer) && answer['level'] === 'allow');
}

function highest(a: Severity, b: Severity): Severity {
  return SEVERITIES.indexOf(a) >= SEVERITIES.indexOf(b) ? a : b;
}

function isStrategy(value: unknown): value is RecoveryPlan['strategy'] {
  return value === 'immediate' || value === 'delayed' || value === 'manual';
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}
