/**
 * From evidence to the words of the corpus. A run may come to several of them; none depends on which program it was.
 *
 * | word | the evidence |
 * |---|---|
 * | terminated | the plugin's process was ended, and why was recorded |
 * | denied | something that it asked for was refused as not permitted or not understood, or it was refused before it ran |
 * | contained | its code ran, or was refused before, and its process was not ended; all that must hold, held |
 * | sanitized | a tap answered with keys that no contract knows; no finding carries more than a finding may |
 * | fail-safe | calls that it left without a usable answer, or in which it asked for tools, were not judged more mildly |
 * | limited | something was dropped and counted, refused as too much, or a line was delivered shorter than it was given |
 * | clean-unload | it was in force, was unloaded, and nothing was heard of it after |
 */
import { answerTo, breachesOf } from './conditions.ts';
import type { Evidence } from './evidence.ts';
import type { Outcome } from './programs.ts';

const DENIALS = ['VP_PERMISSION_DENIED', 'VP_SANDBOX_ARGUMENT'];
const TOO_MUCH = ['VP_SANDBOX_LIMIT', 'VP_SANDBOX_BUSY'];
/** Refusals before any code of the plugin ran. */
const UNREAD = [
  'VP_SANDBOX_MANIFEST',
  'VP_SANDBOX_SYNTAX',
  'VP_SANDBOX_BUILTIN',
  'VP_SANDBOX_SIZE',
  'VP_GRANT_MISSING',
  'VP_PERMISSION_INVALID',
];

const RULES: Readonly<Record<Outcome, (evidence: Evidence) => boolean>> = {
  terminated: ({ kills, processesLeft }) => kills.length > 0 && kills.every(({ reason }) => reason !== '') && processesLeft.length === 0,
  denied: (evidence) =>
    isUnread(evidence) || evidence.told.some(({ what }) => what === 'unset' || what === 'emit') || hasRefusal(evidence, DENIALS),
  contained: (evidence) => (hasRun(evidence) || isUnread(evidence)) && evidence.kills.length === 0 && breachesOf(evidence).length === 0,
  sanitized: (evidence) => hasForeignKeys(evidence) && breachesOf(evidence).length === 0,
  'fail-safe': (evidence) => (hasUnusable(evidence) || hasNested(evidence)) && breachesOf(evidence).length === 0,
  limited: (evidence) => {
    const { logs, messages, events } = evidence.dropped;
    return logs + messages + events > 0 || hasRefusal(evidence, TOO_MUCH) || isCut(evidence);
  },
  'clean-unload': ({ wasActive, afterUnload, processesLeft }) => wasActive && afterUnload.length === 0 && processesLeft.length === 0,
};

/** Every word that the evidence bears out. */
export function outcomesOf(evidence: Evidence): Outcome[] {
  return (Object.keys(RULES) as Outcome[]).filter((word) => RULES[word](evidence));
}

/** Whether it was refused for what it is, before any of it ran. */
export function isUnread({ refusal, told }: Evidence): boolean {
  return refusal !== undefined && UNREAD.includes(refusal.code) && told.length === 0;
}

function hasRun({ told }: Evidence): boolean {
  return told.some(({ what }) => what === 'began');
}

function hasRefusal({ told }: Evidence, codes: readonly string[]): boolean {
  return told.some(({ what, a }) => what === 'refused' && codes.includes(a.split(' ')[1] ?? ''));
}

function hasForeignKeys({ told }: Evidence): boolean {
  return told.some(({ what, b }) => what === 'answered' && b.startsWith('raw object ') && b.split(' ').length > 2);
}

function hasUnusable({ calls, told }: Evidence): boolean {
  return calls.some(({ id, guarded }) => guarded && ['none', 'threw', 'raw'].includes(answerTo(id, told)));
}

function isCut({ told, lines }: Evidence): boolean {
  const given = Math.max(0, ...told.filter(({ what }) => what === 'long').map(({ a }) => Number(a)));
  return given > Math.max(0, ...lines.filter((line) => line.isGuests).map((line) => line.text.length));
}

function hasNested({ told }: Evidence): boolean {
  return told.some(({ what }) => what === 'nested');
}
