/** Objections of a guest, rebuilt key by key from what it answered. */
import type { Allow, Deny, Finding } from '@vp/sdk';
import { entriesOf, textOf } from './plain.ts';
import { visible } from './visible.ts';

const MAX_FINDINGS = 32;
const MAX_REASON = 2_000;
const MAX_RULE = 120;
const KEEP = '\n\t';

/** What a `pre-command` tap said. @throws TypeError for anything that it may not say */
export function findingsOf(answer: unknown): undefined | Allow | Finding | readonly Finding[] {
  if (answer === undefined) return undefined;
  if (!Array.isArray(answer)) return levelOf(answer) === 'allow' ? allowOf(answer) : findingOf(answer);
  if (answer.length > MAX_FINDINGS) throw new TypeError(`at most ${MAX_FINDINGS} findings are answered`);
  return answer.map(findingOf);
}

/** The level that an answer claims, unchecked. */
export function levelOf(answer: unknown): unknown {
  return typeof answer === 'object' && answer !== null && Object.hasOwn(answer, 'level') ? (answer as { level: unknown }).level : undefined;
}

/** @throws TypeError where it is not `allow()` and nothing else */
export function allowOf(answer: unknown): Allow {
  entriesOf(answer, ['level'], 'allow()');
  return { level: 'allow' };
}

/** @throws TypeError where it is no refusal */
export function denyOf(answer: unknown): Deny {
  const finding = findingOf(answer);
  if (finding.level !== 'deny') throw new TypeError('only a refusal was expected');
  return finding;
}

function findingOf(answer: unknown): Finding {
  const entries = entriesOf(answer, ['level', 'reason', 'rule', 'instead'], 'a finding');
  const level = entries.get('level');
  if (level !== 'ask' && level !== 'deny') throw new TypeError('the level of a finding is ask or deny');
  const said = (key: string, length: number): object => {
    if (entries.get(key) === undefined) return {};
    return { [key]: visible(textOf(entries.get(key), length, key), length, KEEP) };
  };
  const reason = textOf(entries.get('reason'), MAX_REASON, 'the reason of a finding');
  return { level, reason: visible(reason, MAX_REASON, KEEP), ...said('rule', MAX_RULE), ...said('instead', MAX_REASON) };
}
