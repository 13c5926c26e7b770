/** What a charter's `autoApprove` lifts. */
import type { JudgedFinding } from '@vp/sdk';
import { fitOf, type Action } from '../rules/action.ts';
import type { CharterRules } from '../rules/charter.ts';
import type { RuleFinding } from '../rules/finding.ts';

/**
 * An `ask` goes where every effect that it is about is covered, and nothing about the call is unknown. A refusal, a finding of the
 * floor and what a plugin says stay.
 */
export function discharge(findings: readonly RuleFinding[], { lifting, faults }: CharterRules, action: Action): JudgedFinding[] {
  const isUp = findings.some(({ liftable, level }) => liftable && level === 'ask');
  const mayLift = isUp && lifting.length > 0 && faults.length === 0 && action.facts.unknowns.length === 0;
  const covered = mayLift ? lifting.map(({ source, covers }) => ({ source, effects: coveredBy(covers, action) })) : [];
  return findings.map((finding) => judged(finding, mayLift ? lifterOf(finding, covered) : null));
}

interface Covered {
  readonly source: string;
  readonly effects: ReadonlySet<unknown>;
}

function coveredBy(covers: CharterRules['lifting'][number]['covers'], action: Action): Set<unknown> {
  return new Set(covers.flatMap((match) => fitOf(match, action, true).effects));
}

/** The places that together cover a finding, else null. */
function lifterOf(finding: RuleFinding, covered: readonly Covered[]): string | null {
  if (!finding.liftable || finding.level !== 'ask' || finding.effects.length === 0) return null;
  const places = new Set<string>();
  for (const effect of finding.effects) {
    const place = covered.find(({ effects }) => effects.has(effect));
    if (!place) return null;
    places.add(place.source);
  }
  return [...places].join(', ');
}

function judged({ effects: _effects, liftable: _liftable, ...finding }: RuleFinding, dischargedBy: string | null): JudgedFinding {
  return { ...finding, dischargedBy };
}
