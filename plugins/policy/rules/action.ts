/** What rules look at: a call, and the facts about it. And whether a predicate of the table of phrases fits it. */
import type { Effect, Facts, PolicyCall } from '@vp/sdk';
import type { ActionMatch } from '@vp/sdk/phrases';
import { commandFits, patternOf, type CommandPattern } from './command-pattern.ts';
import { globFits } from './glob.ts';
import type { Unknown } from './finding.ts';

/** A call that has been analysed. */
export interface Action {
  readonly call: PolicyCall;
  readonly facts: Facts;
}

/** Tools that put text into a file. */
const WRITERS = new Set(['Write', 'Edit', 'MultiEdit', 'NotebookEdit']);

/** Whether a call only puts text into a file: what that text would do is not done yet. */
export function isWriter({ tool }: PolicyCall): boolean {
  return WRITERS.has(tool);
}

/** What of an action fits a predicate; empty arrays and false where nothing does. */
export interface Fit {
  readonly effects: readonly Effect[];
  readonly unknowns: readonly Unknown[];
  /** Indices of simple commands. */
  readonly commands: readonly number[];
  readonly tool: boolean;
}

const NOTHING: Fit = { effects: [], unknowns: [], commands: [], tool: false };

/** Whether anything fits. */
export function fitsAny(fit: Fit): boolean {
  return fit.tool || fit.effects.length > 0 || fit.unknowns.length > 0 || fit.commands.length > 0;
}

/** What of an action fits. `strictly`: only what is known to fit; else what cannot be told may fit. */
export function fitOf(match: ActionMatch, { call, facts }: Action, strictly = false): Fit {
  const { kinds, ops, command, tool, unknown } = match;
  if (tool !== undefined) return globFits(tool, call.tool) ? { ...NOTHING, tool: true } : NOTHING;
  if (unknown) return { ...NOTHING, unknowns: facts.unknowns.filter(({ what }) => unknown.includes(what)) };
  if (command !== undefined) return commandFit(compiled(command), facts);
  if (kinds || ops) return { ...NOTHING, effects: facts.effects.filter((effect) => effectFits(match, effect, strictly)) };
  return NOTHING;
}

/** Whether an effect fits a predicate over effects. */
export function effectFits({ kinds, ops, scopes, targets, notTargets }: ActionMatch, effect: Effect, strictly = false): boolean {
  if (kinds && !kinds.includes(effect.kind)) return false;
  if (ops && !ops.some((op) => globFits(op, effect.op))) return false;
  if (scopes && (effect.scope === undefined || !scopes.includes(effect.scope))) return false;
  const { target } = effect;
  if (target === null) return !strictly || (targets === undefined && notTargets === undefined);
  if (targets && !targets.some((glob) => globFits(glob, target))) return false;
  return !notTargets?.some((glob) => globFits(glob, target));
}

function commandFit(pattern: CommandPattern, { commands, effects }: Facts): Fit {
  const fitting = commands.flatMap((command, index) => (commandFits(pattern, command) ? [index] : []));
  if (fitting.length === 0) return NOTHING;
  return {
    ...NOTHING,
    commands: fitting,
    effects: effects.filter(({ command }) => command !== undefined && fitting.includes(command)),
  };
}

const MAX_PATTERNS = 1_000;
const patterns = new Map<string, CommandPattern>();

function compiled(text: string): CommandPattern {
  const known = patterns.get(text);
  if (known) return known;
  const pattern = patternOf(text);
  if (patterns.size >= MAX_PATTERNS) patterns.clear();
  patterns.set(text, pattern);
  return pattern;
}
