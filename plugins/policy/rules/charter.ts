/** The rules of a charter: its phrases, commands and patterns as predicates over what a call would do. */
import type { Charter, Span } from '@vp/sdk';
import { meaningOf, nearestPhrase, type ActionMatch } from '@vp/sdk/phrases';
import { fitOf, isWriter, type Action, type Fit } from './action.ts';
import { Candidates } from './candidates.ts';
import { spanOf, type RuleFinding } from './finding.ts';
import { regexFits, regexOf } from './regex.ts';

type Key = keyof Omit<Charter['constraints'], 'examples'>;

/** One entry of a charter, ready for use. */
export interface CharterRule {
  readonly key: Key;
  /** Where it stands, such as `constraints.forbiddenCommands[1]`. */
  readonly source: string;
  /** As it is written. */
  readonly text: string;
  readonly covers: readonly ActionMatch[];
  /** A regular expression, which may only raise. */
  readonly regex?: RegExp;
  readonly always?: boolean;
}

/** A charter's rules. */
export interface CharterRules {
  /** Those that object. */
  readonly objecting: readonly CharterRule[];
  readonly candidates: Candidates<CharterRule>;
  /** `autoApprove`. */
  readonly lifting: readonly CharterRule[];
  /** Entries that mean nothing. Such a charter is not applied in part: every call is refused until it is mended. */
  readonly faults: readonly string[];
}

const OBJECTING: readonly Key[] = [
  'alwaysReject',
  'forbiddenCommands',
  'forbiddenPatterns',
  'requiredApprovals',
  'requireConfirmation',
  'escalate',
];

/** What a charter objects to. */
export function charterFindings(rules: CharterRules, action: Action): RuleFinding[] {
  if (rules.faults.length > 0) return [faultFinding(rules.faults)];
  const now = happening(action);
  return rules.candidates.of(now).flatMap((rule) => objections(rule, now));
}

/** The rules of a charter. */
export function rulesOf(charter: Charter): CharterRules {
  const faults: string[] = [];
  const read = (key: Key): CharterRule[] =>
    charter.constraints[key].flatMap((text, index) => {
      const rule = ruleOf(key, text, `constraints.${key}[${index}]`);
      if (typeof rule !== 'string') return [rule];
      faults.push(rule);
      return [];
    });
  const objecting = OBJECTING.flatMap(read);
  const lifting = read('autoApprove');
  return { objecting, candidates: new Candidates(objecting), lifting, faults };
}

function ruleOf(key: Key, text: string, source: string): CharterRule | string {
  const base = { key, source, text };
  if (key === 'forbiddenPatterns') {
    const regex = regexOf(text);
    if (regex) return { ...base, covers: [], regex, always: true };
  }
  const meaning = meaningOf(text);
  // A command means the program that is written, and what the table says where it is known there.
  if (key === 'forbiddenCommands') return { ...base, covers: [...(meaning?.matches ?? []), { command: text }] };
  if (meaning) return { ...base, covers: meaning.matches };
  const nearest = nearestPhrase(text);
  return `${source}: "${text}" is not in the table of phrases${nearest === undefined ? '' : `; the nearest is "${nearest}"`}`;
}

/** What one rule objects to; empty where it does not fit. */
export function objections(rule: CharterRule, action: Action): RuleFinding[] {
  if (rule.regex)
    return regexFits(rule.regex, action)
      .slice(0, 1)
      .map((span) => findingOf(rule, [], span));
  const fits = rule.covers.map((match) => fitOf(match, action));
  const effects = [...new Set(fits.flatMap((fit) => fit.effects))];
  const span = spanOf(effects) ?? spanOfFits(fits, action);
  const isHit = fits.some(({ effects: found, unknowns, commands, tool }) => tool || found.length + unknowns.length + commands.length > 0);
  if (!isHit) return [];
  // What has no effect of its own, such as a tool or an unknown, is covered by nothing and so stays.
  const hasEffect = (index: number): boolean => effects.some(({ command }) => command === index);
  const isCovered = fits.every(({ unknowns, commands, tool }) => !tool && unknowns.length === 0 && commands.every(hasEffect));
  const isByEffect = fits.every(({ unknowns, commands, tool }) => !tool && unknowns.length + commands.length === 0);
  const found = findingOf(rule, isCovered ? effects : [], span);
  // What may happen or not is for a person to weigh, as with the built-in rules.
  return [isByEffect && effects.every(({ certain }) => !certain) ? { ...found, level: 'ask' } : found];
}

/** What a file would do when it runs is judged when it runs; the floor alone looks at it while it is written. */
function happening(action: Action): Action {
  const { call, facts } = action;
  if (!isWriter(call)) return action;
  return { call, facts: { ...facts, commands: [], effects: facts.effects.filter(({ certain }) => certain) } };
}

function spanOfFits(fits: readonly Fit[], { facts }: Action): Span | null {
  const [unknown] = fits.flatMap((fit) => fit.unknowns);
  const [command] = fits.flatMap((fit) => fit.commands);
  return unknown?.span ?? (command === undefined ? undefined : facts.commands[command]?.span) ?? null;
}

function findingOf(rule: CharterRule, effects: RuleFinding['effects'], span: Span | null): RuleFinding {
  const { level, reason, instead } = WORDS[rule.key];
  const written = rule.text.length > 80 ? `${rule.text.slice(0, 77)}…` : rule.text;
  const what = effects.length > 0 ? `: ${[...new Set(effects.map(({ words }) => words))].slice(0, 3).join('; ')}` : '';
  return {
    rule: rule.key,
    level,
    from: 'charter',
    source: rule.source,
    reason: `${reason} "${written}"${what}`,
    instead,
    span,
    effects,
    liftable: level === 'ask' && rule.key !== 'escalate' && rule.regex === undefined,
  };
}

const WORDS: Readonly<Record<Key, { readonly level: 'ask' | 'deny'; readonly reason: string; readonly instead: string }>> = {
  alwaysReject: { level: 'deny', reason: 'the charter always rejects', instead: 'leave it, and say what you would have done' },
  forbiddenCommands: { level: 'deny', reason: 'the charter forbids the command', instead: 'reach the aim without this command' },
  forbiddenPatterns: { level: 'deny', reason: 'the charter forbids the pattern', instead: 'reach the aim without what the pattern names' },
  requiredApprovals: { level: 'ask', reason: "the charter wants a person's approval for", instead: 'go on with what needs no approval' },
  requireConfirmation: { level: 'ask', reason: 'the charter wants a yes first for', instead: 'go on with what needs no yes' },
  escalate: {
    level: 'ask',
    reason: 'the charter leaves to a guardian',
    instead: 'say what is needed and go on with the rest; a guardian decides',
  },
  autoApprove: { level: 'ask', reason: '', instead: '' },
};

function faultFinding(faults: readonly string[]): RuleFinding {
  return {
    rule: 'charter.fault',
    level: 'deny',
    from: 'charter',
    source: faults[0]?.split(':', 1)[0] ?? null,
    reason: `the charter has an entry that means nothing: ${faults[0] ?? ''}`,
    instead: 'a person mends the charter; `vp charter check` names the place',
    span: null,
    effects: [],
    liftable: false,
  };
}
