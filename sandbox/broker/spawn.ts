/** `pre-spawn` behind the walls: what a guest sees of a session about to start, and the little that it may change. */
import type { Priority, SpawnChange, SpawnLimits, SpawnSpec } from '@vp/schemas';
import type { Deny } from '@vp/sdk';
import { allowOf, denyOf, levelOf } from './findings.ts';
import { isCheaper } from './models.ts';
import { entriesOf, textOf } from './plain.ts';

const MAX_PROMPT = 4_000;
const MAX_LABELS = 16;
const MAX_LABEL_NAME = 60;
const MAX_LABEL = 200;
/** The most urgent first. */
const PRIORITIES: readonly Priority[] = ['critical', 'high', 'medium', 'low'];
const LIMITS = ['timeoutMs', 'maxTurns', 'maxCostUsd'] as const satisfies readonly (keyof SpawnLimits)[];
/** `token=…`, `--api-key …`, `user:password@host`, and words that start like a key of a known service. A prompt may be long. */
const SECRETS: readonly RegExp[] = [
  /(?<=(?:token|secret|passw(?:or)?d|credentials?|api[-_]?key|private[-_]?key)["']?\s{0,3}[=:]\s{0,3}["']?)[^\s"',;]+/gi,
  /(?<=:\/\/[^\s/:@]+:)[^\s/@]+(?=@)/g,
  /(?<=\bbearer\s{1,3})[\w.~+/-]{12,}=*/gi,
  /\b(?:sk-|gh[a-z]_|github_pat_|glpat-|xox[a-z]-|AKIA|eyJ)[\w.-]{12,}/g,
];
const SECRET_OPTION = /^--?(?:[a-z0-9]+[-_])*(?:token|secret|password|passwd|credentials?|key|header)$/i;
const GONE = '[redacted]';

/**
 * The spec without values that may be secret: variables keep their names with empty values; in prompt, labels and arguments what looks
 * like a secret is blotted out.
 */
export function redactSpec(spec: SpawnSpec): unknown {
  const { id, at, session, type, prompt, priority, attended, model, labels, env, limits, argv } = spec;
  return {
    id,
    at,
    session,
    type,
    prompt: blotted(prompt),
    priority,
    attended,
    ...(model === undefined ? {} : { model }),
    labels: mapped(labels, blotted),
    env: mapped(env, () => ''),
    limits,
    ...(argv === undefined ? {} : { argv: argv.map((arg, index) => (SECRET_OPTION.test(argv[index - 1] ?? '') ? GONE : blotted(arg))) }),
  };
}

/**
 * What is left of an answer: text after the prompt, new labels, a lower priority, a cheaper model, lower limits, or a refusal. What the
 * spec says already is left out. @throws TypeError where there is anything else in it
 */
export function restrictChange(spec: SpawnSpec, answer: unknown): SpawnChange | Deny | undefined {
  if (answer === undefined) return undefined;
  const level = levelOf(answer);
  if (level === 'allow') return void allowOf(answer);
  if (level !== undefined) return denyOf(answer);
  const entries = entriesOf(answer, ['addPrompt', 'labels', 'priority', 'model', 'limits'], 'a change by a sandboxed plugin');
  return {
    ...only('addPrompt', entries.get('addPrompt'), (given) => textOf(given, MAX_PROMPT, 'addPrompt')),
    ...only('labels', entries.get('labels'), (given) => newLabels(spec.labels, given)),
    ...only('priority', entries.get('priority'), (given) => lowerPriority(spec.priority, given)),
    ...only('model', entries.get('model'), (given) => cheaperModel(spec.model, given)),
    ...only('limits', entries.get('limits'), (given) => lowerLimits(spec.limits, given)),
  };
}

/** The key with its checked value, where one was given and it changes something. */
function only<K extends keyof SpawnChange>(key: K, given: unknown, check: (given: unknown) => SpawnChange[K] | undefined): SpawnChange {
  const value = given === undefined ? undefined : check(given);
  return value === undefined ? {} : { [key]: value };
}

function newLabels(labels: SpawnSpec['labels'], given: unknown): SpawnChange['labels'] {
  if (typeof given !== 'object' || given === null) throw new TypeError('labels must be an object');
  const entries = [...entriesOf(given, Object.keys(given), 'labels')];
  if (entries.length > MAX_LABELS) throw new TypeError(`at most ${MAX_LABELS} labels are added`);
  const added = entries.map(([name, value]) => {
    if (!/^[a-z0-9][\w.:/-]*$/i.test(textOf(name, MAX_LABEL_NAME, 'the name of a label'))) throw new TypeError('a label has an odd name');
    if (/^vp/i.test(name)) throw new TypeError('the names of labels that start with vp are kept for VP');
    const text = textOf(value, MAX_LABEL, 'a label');
    // Another plugin's rule may stand on it.
    if (Object.hasOwn(labels, name) && labels[name] !== text)
      throw new TypeError(`the label "${name}" is there already and stays as it is`);
    return [name, text] as const;
  });
  return Object.fromEntries(added);
}

function lowerPriority(current: Priority, given: unknown): Priority | undefined {
  const wanted = PRIORITIES.find((one) => one === given);
  if (wanted === undefined) throw new TypeError(`the priority is one of ${PRIORITIES.join(', ')}`);
  if (wanted === current) return undefined;
  if (PRIORITIES.indexOf(wanted) < PRIORITIES.indexOf(current)) throw new TypeError('a sandboxed plugin may only lower the priority');
  return wanted;
}

function cheaperModel(current: string | undefined, given: unknown): string | undefined {
  const wanted = textOf(given, 100, 'the model');
  if (wanted === current) return undefined;
  if (!isCheaper(wanted, current))
    throw new TypeError('a sandboxed plugin may only choose a cheaper model: haiku, or sonnet instead of opus');
  return wanted;
}

function lowerLimits(current: SpawnLimits, given: unknown): SpawnLimits | undefined {
  const lower: SpawnLimits = {};
  const entries = entriesOf(given, LIMITS, 'limits');
  for (const name of LIMITS) {
    const wanted = entries.get(name);
    if (wanted === undefined || wanted === current[name]) continue;
    if (typeof wanted !== 'number' || !Number.isFinite(wanted) || wanted <= 0) throw new TypeError(`${name} must be a number above 0`);
    if (name === 'maxTurns' && !Number.isInteger(wanted)) throw new TypeError('maxTurns must be a whole number');
    if (wanted > (current[name] ?? Number.POSITIVE_INFINITY)) throw new TypeError(`a sandboxed plugin may only lower ${name}`);
    lower[name] = wanted;
  }
  return Object.keys(lower).length === 0 ? undefined : lower;
}

function blotted(text: string): string {
  return SECRETS.reduce((rest, pattern) => rest.replaceAll(pattern, GONE), text);
}

function mapped(record: Readonly<Record<string, string>>, change: (value: string) => string): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(record).map(([key, value]) => [key, change(value)]));
}
