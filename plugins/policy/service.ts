/** The service `policy`. */
import type { Charter, CompiledCharter, ExampleFault, Explanation, Facts, Judgement, JudgeRequest, Policy, PolicyCall } from '@vp/sdk';
import { explain } from './judge/explain.ts';
import { judge } from './judge/judge.ts';
import { rulesOf, type CharterRules } from './rules/charter.ts';
import { exampleFaults, faultWords } from './rules/examples.ts';
import type { Taken, Versions } from './log/record.ts';

/** What the service works with. */
export interface PolicyParts {
  /** From a call to its facts. */
  readonly analyse: (call: PolicyCall) => Facts;
  /** The charter in force under an id. */
  readonly charter: (id: string) => CompiledCharter | undefined;
  readonly versions: Versions;
  /** Takes a verdict into the log. */
  readonly record?: (taken: Taken) => void;
  /** Told of an error that no call should cause. */
  readonly failed?: (error: unknown) => void;
}

/** Id of the charter of sessions that name none. */
const DEFAULT_CHARTER = 'default';

export class PolicyService implements Policy {
  readonly #parts: PolicyParts;
  readonly #rules = new WeakMap<CompiledCharter, CharterRules>();

  constructor(parts: PolicyParts) {
    this.#parts = parts;
  }

  analyse(call: PolicyCall): Facts {
    try {
      return this.#parts.analyse(call);
    } catch (error) {
      this.#parts.failed?.(error);
      return { effects: [], commands: [], unknowns: [{ what: 'unparsed', why: 'the analysis failed' }] };
    }
  }

  judge(request: JudgeRequest): Judgement {
    return this.#judge(request).judgement;
  }

  explain(request: JudgeRequest): Explanation {
    const { sessionId: _, ...call } = request;
    const { judgement, facts } = this.#judge(call);
    return explain(request, facts, judgement);
  }

  checkExamples(charter: Charter): readonly ExampleFault[] {
    return exampleFaults(charter, (call) => this.analyse(call));
  }

  /** The rules of a charter, worked out once. */
  rulesFor(charter: CompiledCharter): CharterRules {
    const known = this.#rules.get(charter);
    if (known) return known;
    const rules = rulesOf(charter.charter);
    const checked = { ...rules, faults: [...rules.faults, ...this.checkExamples(charter.charter).map(faultWords)] };
    this.#rules.set(charter, checked);
    return checked;
  }

  #judge(request: JudgeRequest): { judgement: Judgement; facts: Facts } {
    const startedAt = performance.now();
    const { facts = this.analyse(request), findings: said = [], ...call } = request;
    const charter = this.#charterOf(call.charter ?? DEFAULT_CHARTER);
    if (!charter) return { judgement: noCharter(call.charter), facts };
    const judgement = judge({ call, facts, rules: this.rulesFor(charter), said, startedAt });
    if (call.sessionId !== undefined)
      this.#parts.record?.({ at: Date.now(), call, facts, charter, judgement, versions: this.#parts.versions });
    return { judgement, facts };
  }

  #charterOf(id: string): CompiledCharter | undefined {
    try {
      return this.#parts.charter(id);
    } catch (error) {
      this.#parts.failed?.(error);
      return undefined;
    }
  }
}

/** Without the charter nobody knows what it forbids. */
function noCharter(id = DEFAULT_CHARTER): Judgement {
  const [rule, reason, instead] = ['charter.missing', `the charter ${id} is not in force`, 'wait until it is; a person looks at its file'];
  return {
    verdict: 'deny',
    rule,
    reason,
    instead,
    findings: [{ rule, level: 'deny', from: 'floor', source: null, reason, instead, span: null, dischargedBy: null }],
    micros: 0,
  };
}
