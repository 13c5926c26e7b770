/** Judges logged calls again: with what is in force now, or with other rules. */
import type { Level, StoredEvent } from '@vp/sdk';
import { readRecord, type Chained, type VerdictBody } from './record.ts';

/** A verdict of the log. */
export type LoggedVerdict = Chained & VerdictBody;

/** What another judgement of the same call came to. */
export interface Replayed {
  readonly verdict: Level;
  readonly rule: string | null;
  readonly factsHash?: string;
}

/** A call that would be decided otherwise. */
export interface Difference {
  readonly seq: number;
  readonly at: number;
  readonly sessionId: string | null;
  readonly tool: string;
  readonly input: unknown;
  readonly was: { readonly verdict: Level; readonly rule: string | null };
  readonly is: { readonly verdict: Level; readonly rule: string | null };
  /** Why it may differ though the rules are the same; null where the rules are the reason. */
  readonly because: 'input-redacted' | 'files-changed' | null;
}

/** What a replay came to. */
export interface Replay {
  readonly judged: number;
  readonly same: number;
  readonly differences: readonly Difference[];
  /** Differences beyond those that are listed. */
  readonly unlisted: number;
}

const MAX_LISTED = 1_000;

/** The verdict in an event of the log; undefined for a gap. */
export function loggedVerdict({ data }: StoredEvent): LoggedVerdict | undefined {
  const record = readRecord(data);
  return record?.kind === 'verdict' ? record : undefined;
}

/** Judges each verdict again and gathers what differs. `again` gives nothing for a call that it has no opinion on. */
export async function replay(
  events: AsyncIterable<StoredEvent>,
  again: (logged: LoggedVerdict) => Promise<Replayed | undefined> | Replayed | undefined,
): Promise<Replay> {
  let [judged, same, unlisted] = [0, 0, 0];
  const differences: Difference[] = [];
  for await (const event of events) {
    const logged = loggedVerdict(event);
    const is = logged && (await again(logged));
    if (!logged || !is) continue;
    judged += 1;
    if (is.verdict === logged.verdict) same += 1;
    else if (differences.length < MAX_LISTED) differences.push(difference(event.seq, logged, is));
    else unlisted += 1;
  }
  return { judged, same, differences, unlisted };
}

function difference(seq: number, logged: LoggedVerdict, { verdict, rule, factsHash }: Replayed): Difference {
  const { at, sessionId, tool, input } = logged;
  const isOtherFacts = factsHash !== undefined && factsHash !== logged.factsHash;
  const because = isOtherFacts ? (logged.isWhole ? 'files-changed' : 'input-redacted') : null;
  return { seq, at, sessionId, tool, input, was: { verdict: logged.verdict, rule: logged.rule }, is: { verdict, rule }, because };
}
