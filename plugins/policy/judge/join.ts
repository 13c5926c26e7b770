/** From findings to one verdict. */
import type { JudgedFinding, Judgement, Level } from '@vp/sdk';

const RANK: Readonly<Record<Level, number>> = { allow: 0, ask: 1, deny: 2 };

/** The higher of two levels. */
export function higher(a: Level, b: Level): Level {
  return RANK[a] >= RANK[b] ? a : b;
}

/** The verdict is the maximum over what stands; the first finding of that level decides. */
export function join(findings: readonly JudgedFinding[], micros: number): Judgement {
  const decisive = decisiveOf(findings);
  return {
    verdict: decisive?.level ?? 'allow',
    rule: decisive?.rule ?? null,
    reason: decisive?.reason ?? null,
    instead: decisive?.instead ?? null,
    findings,
    micros,
  };
}

/** The finding that decides; undefined where nothing stands. */
export function decisiveOf(findings: readonly JudgedFinding[]): JudgedFinding | undefined {
  const standing = findings.filter(({ dischargedBy }) => dischargedBy === null);
  return standing.find(({ level }) => level === 'deny') ?? standing[0];
}
