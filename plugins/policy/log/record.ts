/** What the decision log holds: verdicts and gaps, each chained to the one before. */
import type { CompiledCharter, Facts, Judgement, PolicyCall } from '@vp/sdk';
import { hashOf } from './canonical.ts';
import { redactInput, redactText } from './redact.ts';

/** Stream of the store that the log is kept in. */
export const STREAM = 'decisions';
/** What the first record names as the one before it. */
export const GENESIS = '0'.repeat(64);

/** What a verdict was worked out with. Equal versions give equal verdicts. */
export interface Versions {
  readonly policy: string;
  readonly parser: string;
  /** SHA-256 of the tables. */
  readonly tables: string;
}

/** A verdict. */
export interface VerdictBody {
  readonly kind: 'verdict';
  readonly at: number;
  readonly callId: string | null;
  readonly sessionId: string | null;
  readonly tool: string;
  /** Without secrets, long texts cut. */
  readonly input: unknown;
  /** SHA-256 of the canonical input as it was. */
  readonly inputHash: string;
  /** `input` is what was judged. */
  readonly isWhole: boolean;
  readonly cwd: string;
  readonly workspace: string;
  readonly charter: string;
  readonly charterHash: string;
  readonly versions: Versions;
  /** SHA-256 of the facts. */
  readonly factsHash: string;
  readonly findings: Judgement['findings'];
  readonly verdict: Judgement['verdict'];
  readonly rule: string | null;
  readonly micros: number;
  /** Who agreed to it, where somebody was asked. */
  readonly approver: string | null;
}

/** Verdicts that could not be written. */
export interface GapBody {
  readonly kind: 'gap';
  readonly at: number;
  readonly lost: number;
  /** When the first of them was taken, and the last. */
  readonly from: number;
  readonly to: number;
  readonly why: string;
}

/** A record without its place in the chain. */
export type Body = VerdictBody | GapBody;

/** A record in the chain. */
export type Chained = Body & {
  /** Counts the records, from 1. */
  readonly n: number;
  /** Hash of the record before. */
  readonly prev: string;
  /** SHA-256 of all the rest. */
  readonly hash: string;
};

/** A verdict as it was taken. */
export interface Taken {
  readonly at: number;
  readonly call: PolicyCall;
  readonly facts: Facts;
  readonly charter: CompiledCharter;
  readonly judgement: Judgement;
  readonly versions: Versions;
}

/** What the log keeps of a verdict. */
export function bodyOf({ at, call, facts, charter, judgement, versions }: Taken): VerdictBody {
  const { input, isWhole } = redactInput(call.input);
  return {
    kind: 'verdict',
    at,
    callId: call.callId ?? null,
    sessionId: call.sessionId ?? null,
    tool: call.tool,
    input,
    inputHash: hashOf(call.input),
    isWhole,
    cwd: call.cwd,
    workspace: call.workspace ?? call.cwd,
    charter: charter.id,
    charterHash: charter.hash,
    versions,
    factsHash: hashOf(facts),
    findings: judgement.findings.map((finding) => ({ ...finding, reason: redactText(finding.reason) })),
    verdict: judgement.verdict,
    rule: judgement.rule,
    micros: judgement.micros,
    approver: null,
  };
}

/** Puts a record behind another. */
export function chain(body: Body, head: { readonly n: number; readonly hash: string }): Chained {
  const linked = { ...body, n: head.n + 1, prev: head.hash };
  return { ...linked, hash: hashOf(linked) };
}

/** A stored value as a record; undefined where it is none. */
export function readRecord(value: unknown): Chained | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  const { n, prev, hash, kind } = value as Partial<Chained>;
  const isRecord = typeof n === 'number' && typeof prev === 'string' && typeof hash === 'string' && (kind === 'verdict' || kind === 'gap');
  return isRecord ? (value as Chained) : undefined;
}
