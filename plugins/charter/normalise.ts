/** From what a charter file says to its one normal form. */
import { charterSchema, compile, type Problem } from '@vp/schemas';
import type { Charter, CharterExample } from '@vp/sdk';
import { canonical } from './hash.ts';
import { segmentsOf, show } from './problem.ts';
import { readRule, type RuleInput, type RuleKey } from './rule.ts';
import { toolName } from './tools.ts';

/** A charter, or what is wrong with the input. */
export type Normalised =
  | { readonly charter: Charter; readonly problems?: undefined }
  | { readonly charter?: undefined; readonly problems: readonly Problem[] };

/** Checks the input against the schema and brings it to its normal form. Regular expressions may be given as `RegExp`. */
export function normalise(input: unknown): Normalised {
  const value = withoutRegExp(input);
  const wrong = compile(charterSchema, { known: true })(value);
  if (wrong.length > 0) return { problems: wrong };
  const reader = new Reader(value);
  const charter = charterOf(reader);
  return reader.problems.length > 0 ? { problems: reader.problems } : { charter: frozen(charter) };
}

/** Reads values that may be written in more than one place, and remembers what is wrong. */
class Reader {
  readonly problems: Problem[] = [];
  readonly examples: CharterExample[] = [];
  readonly #input: unknown;

  constructor(input: unknown) {
    this.#input = input;
  }

  /** The value under the first of these pointers that has one. Two that differ are a problem. The schema has checked the type. */
  get<T>(...pointers: readonly string[]): T | undefined {
    const [first, ...others] = pointers
      .map((pointer) => ({ pointer, value: this.#at(pointer) }))
      .filter((place) => place.value !== undefined);
    for (const other of others) {
      if (canonical(other.value) === canonical(first?.value)) continue;
      this.problems.push({
        path: other.pointer,
        expected: `${show(first?.value)}, as ${first?.pointer} says (two spellings of one setting)`,
        found: show(other.value),
      });
    }
    return first?.value as T | undefined;
  }

  list(...pointers: readonly string[]): readonly string[] {
    return this.get<readonly string[]>(...pointers) ?? [];
  }

  /** The rules under the first of these pointers that has some, brought to text. What means nothing is a problem. */
  rules(key: RuleKey, ...pointers: readonly string[]): readonly string[] {
    const pointer = pointers.find((candidate) => this.#at(candidate) !== undefined);
    const entries = this.get<readonly RuleInput[]>(...pointers) ?? [];
    return entries.flatMap((entry, index) => {
      const { text, example, problem } = readRule(key, entry, index);
      if (example) this.examples.push(example);
      if (!problem) return [text];
      this.problems.push({ path: `${pointer}/${index}${typeof entry === 'string' ? '' : '/rule'}`, ...problem });
      return [];
    });
  }

  #at(pointer: string): unknown {
    return segmentsOf(pointer).reduce<unknown>((node, key) => (node as Record<string, unknown> | undefined)?.[key], this.#input);
  }
}

function charterOf(reader: Reader): Charter {
  const name = reader.get<string>('/name') ?? reader.get<string>('/identity/name');
  if (name === undefined) reader.problems.push({ path: '/name', expected: 'a name, here or as /identity/name', found: 'nothing' });
  return {
    name: name ?? '',
    role: reader.get<string>('/role') ?? reader.get<string>('/identity/role') ?? 'orchestrator',
    tier: reader.get<number>('/tier') ?? 1,
    identity: {
      name: reader.get<string>('/identity/name') ?? name ?? '',
      ...given('email', reader.get<string>('/identity/email')),
      ...given('role', reader.get<string>('/identity/role')),
      ...given('description', reader.get<string>('/identity/description')),
      ...given('personality', reader.get<string>('/identity/personality')),
    },
    capabilities: reader.list('/capabilities'),
    responsibilities: reader.list('/responsibilities'),
    objectives: reader.list('/objectives'),
    constraints: constraintsOf(reader),
    resources: resourcesOf(reader),
    operational: operationalOf(reader),
  };
}

function constraintsOf(reader: Reader): Charter['constraints'] {
  const constraint = (key: RuleKey): readonly string[] => reader.rules(key, `/constraints/${key}`);
  const heuristic = (key: RuleKey): readonly string[] => reader.rules(key, `/constraints/${key}`, `/safetyHeuristics/${key}`);
  const rules = {
    forbiddenCommands: constraint('forbiddenCommands'),
    forbiddenPatterns: constraint('forbiddenPatterns'),
    requiredApprovals: constraint('requiredApprovals'),
    autoApprove: heuristic('autoApprove'),
    requireConfirmation: heuristic('requireConfirmation'),
    alwaysReject: heuristic('alwaysReject'),
    escalate: heuristic('escalate'),
  };
  return reader.examples.length > 0 ? { ...rules, examples: reader.examples } : rules;
}

function resourcesOf(reader: Reader): Charter['resources'] {
  const resource = <T>(...keys: readonly string[]): T | undefined =>
    reader.get<T>(...keys.flatMap((key) => [`/resources/${key}`, `/resourceLimits/${key}`]));
  return {
    ...given('maxSessions', resource<number>('maxSessions')),
    ...given('maxTokens', resource<number>('maxTokens', 'maxTokensPerSession')),
    ...given('maxExecutionTime', resource<number>('maxExecutionTime')),
    ...given('maxConcurrentTasks', resource<number>('maxConcurrentTasks')),
    ...given('maxTurns', resource<number>('maxTurns')),
    ...given('maxCostUsd', resource<number>('maxCostUsd')),
    ...given('allowedTools', resource<readonly string[]>('allowedTools')?.map(toolName)),
    tokenBudget: {
      ...given('hourly', resource<number>('tokenBudget/hourly')),
      ...given('daily', resource<number>('tokenBudget/daily')),
      ...given('subscription', resource<string>('tokenBudget/subscription')),
      ...given('api', resource<string>('tokenBudget/api')),
    },
  };
}

function operationalOf(reader: Reader): Charter['operational'] {
  const setting = <T>(...keys: readonly string[]): T | undefined =>
    reader.get<T>(...keys.flatMap((key) => [`/operational/${key}`, `/operationalSettings/${key}`]));
  const short = <T>(key: string): T | undefined => reader.get<T>(`/${key}`, `/operational/${key}`, `/operationalSettings/${key}`);
  return {
    ...given('model', setting<string>('model', 'defaultModel')),
    ...given('temperature', setting<number>('temperature')),
    ...given('maxRetries', setting<number>('maxRetries')),
    ...given('timeout', setting<number>('timeout')),
    env: short<readonly string[]>('env') ?? [],
    trustProject: short<boolean>('trustProject') ?? false,
    sshAgent: short<boolean>('sshAgent') ?? false,
  };
}

/** The pair as an object, or nothing where there is no value: absent keys stay absent. */
function given<K extends string, T>(key: K, value: T | undefined): { readonly [P in K]?: T } {
  return value === undefined ? {} : ({ [key]: value } as { [P in K]?: T });
}

function withoutRegExp(value: unknown): unknown {
  if (value instanceof RegExp) return String(value);
  if (Array.isArray(value)) return value.map(withoutRegExp);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, withoutRegExp(item)]));
}

function frozen<T extends object>(value: T): T {
  for (const item of Object.values(value) as unknown[]) {
    if (typeof item === 'object' && item !== null) frozen(item);
  }
  return Object.freeze(value);
}
