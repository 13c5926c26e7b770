/** The built-in rules, applied. */
import type { Effect } from '@vp/sdk';
import { effectFits, isWriter, type Action } from './action.ts';
import { mayFitOp } from './candidates.ts';
import type { BuiltInRule } from './built-in.ts';
import { DEFAULTS, UNKNOWN } from './default-table.ts';
import { spanOf, type RuleFinding, type Unknown } from './finding.ts';
import { FLOOR } from './floor-table.ts';

/** Effects that make an unknown folder matter. */
const TOUCHES = new Set<Effect['kind']>(['delete', 'write', 'git', 'guard', 'secret']);

/** What the built-in rules object to. */
export function builtIn(action: Action): RuleFinding[] {
  const { effects, unknowns } = action.facts;
  const isWritten = isWriter(action.call);
  const byRule = new Map<BuiltInRule, Effect[]>();
  for (const effect of effects) {
    const rule = ruleOf(effect, isWritten);
    if (rule) byRule.set(rule, [...(byRule.get(rule) ?? []), effect]);
  }
  return [
    ...[...byRule].map(([rule, found]) => findingOf(rule, found)),
    ...unknowns.filter((unknown) => matters(unknown, effects)).map(unknownFinding),
    ...nothingAnalysed(action),
  ];
}

/** The built-in rule that an effect meets; undefined where it is allowed. */
export function ruleOf(effect: Effect, isWritten = false): BuiltInRule | undefined {
  const meets = (rule: BuiltInRule): boolean =>
    rule.on.some((match) => effectFits(match, effect, rule.strictly)) && !rule.but?.some((match) => effectFits(match, effect, true));
  const rules = rulesAbout(effect.op);
  const held = rules.floor.find(meets);
  if (held || (isWritten && !effect.certain)) return held;
  return rules.defaults.find(meets);
}

interface About {
  readonly floor: readonly BuiltInRule[];
  readonly defaults: readonly BuiltInRule[];
}

/** Filled as operations are met; there are few of them. */
const about = new Map<string, About>();

function rulesAbout(op: string): About {
  const known = about.get(op);
  if (known) return known;
  const of = (rules: readonly BuiltInRule[]): BuiltInRule[] => rules.filter(({ on }) => on.some((match) => mayFitOp(match, op)));
  const found = { floor: of(FLOOR), defaults: of(DEFAULTS) };
  about.set(op, found);
  return found;
}

function findingOf(rule: BuiltInRule, effects: readonly Effect[]): RuleFinding {
  const certain = effects.filter((effect) => effect.certain);
  const isFloor = FLOOR.includes(rule);
  // What may happen or not is for a person to weigh.
  const level = certain.length > 0 ? rule.level : 'ask';
  const told = certain.length > 0 ? certain : effects;
  return {
    rule: rule.id,
    level,
    from: isFloor ? 'floor' : 'default',
    source: null,
    reason: `${rule.reason}${detailOf(told, certain.length > 0)}`,
    instead: rule.instead,
    span: spanOf(told),
    effects,
    liftable: !isFloor,
  };
}

/** The first few effects in words. */
function detailOf(effects: readonly Effect[], isCertain: boolean): string {
  const words = [...new Set(effects.map((effect) => effect.words))];
  const shown = words.slice(0, 3).join('; ');
  const more = words.length > 3 ? `; and ${words.length - 3} more` : '';
  return `${isCertain ? '' : ', or may do so'}${shown === '' ? '' : ` (${shown}${more})`}`;
}

function matters({ what }: Unknown, effects: readonly Effect[]): boolean {
  return what !== 'cwd' || effects.some(({ kind }) => TOUCHES.has(kind));
}

function unknownFinding({ what, why, span }: Unknown): RuleFinding {
  const { reason = 'it cannot be told what it does', instead = 'write the command out' } = UNKNOWN[what] ?? {};
  return {
    rule: `unknown.${what}`,
    level: 'ask',
    from: 'floor',
    source: null,
    reason: why === '' ? reason : `${reason}: ${why}`,
    instead,
    span: span ?? null,
    effects: [],
    liftable: false,
  };
}

/** A comment, an empty line, a variable set to plain text. */
const IDLE = /^\s*(?:#.*|[A-Za-z_]\w*=[\w./:@%+-]*)?$/;

function isIdle(command: unknown): boolean {
  return typeof command === 'string' && command.split('\n').every((line) => IDLE.test(line));
}

/** Finding nothing in a command is not the same as a command that does nothing. */
function nothingAnalysed({ call, facts }: Action): RuleFinding[] {
  const { effects, commands, unknowns } = facts;
  if (call.tool !== 'Bash' || effects.length + commands.length + unknowns.length > 0) return [];
  if (isIdle(call.input['command'])) return [];
  return [unknownFinding({ what: 'unparsed', why: 'no command was found in it' })];
}
