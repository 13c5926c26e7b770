/** The service `policy`: what a tool call would do, and whether it may. */
import type { Facts, Span } from '@vp/schemas/types';
import type { Attributed } from '../hooks.ts';
import type { Charter } from './charters.ts';
import { defineService, type ServiceRef } from '../service.ts';
import type { Finding, Level } from '../verdict.ts';

/** A tool call to be looked at. */
export interface PolicyCall {
  /** The agent's name of the tool. */
  readonly tool: string;
  readonly input: Readonly<Record<string, unknown>>;
  /** Where it would run, absolute. One that does not exist is taken by its words. */
  readonly cwd: string;
  /** What the session may change; default `cwd`. */
  readonly workspace?: string;
  /** Id of the charter in force (`charters.resolve`); default the built-in one. */
  readonly charter?: string;
  /** Whose call it is; absent where nobody's, as in `vp policy explain`. Only a call of a session goes into the decision log. */
  readonly sessionId?: string;
  /** The agent's id of the call, for the decision log. */
  readonly callId?: string;
}

/** One objection, and what became of it. */
export interface JudgedFinding {
  readonly rule: string;
  readonly level: Exclude<Level, 'allow'>;
  /**
   * `floor`: built in, no charter lifts it. `default`: built in, a charter's `autoApprove` may lift it. `charter`: of the charter's text
   * `source`. Else the name of a plugin.
   */
  readonly from: string;
  /** The place in the charter, such as `constraints.forbiddenCommands[1]`; null elsewhere. */
  readonly source: string | null;
  readonly reason: string;
  readonly instead: string | null;
  /** The part of the command that it is about. */
  readonly span: Span | null;
  /** What lifted it: a place in the charter, a grant, an approval; null where it stands. */
  readonly dischargedBy: string | null;
}

/** A verdict and all that led to it. */
export interface Judgement {
  readonly verdict: Level;
  /** Of the finding that decided; null where nothing stands. */
  readonly rule: string | null;
  readonly reason: string | null;
  readonly instead: string | null;
  readonly findings: readonly JudgedFinding[];
  /** Time taken, microseconds. */
  readonly micros: number;
}

/** A verdict in words. */
export interface Explanation {
  readonly judgement: Judgement;
  readonly facts: Facts;
  /** For a person, a line each. */
  readonly lines: readonly string[];
  /** For the agent, one line. */
  readonly brief: string;
}

/** What is asked of `judge`. */
export interface JudgeRequest extends PolicyCall {
  /** Of `analyse` on the same call; worked out where absent. */
  readonly facts?: Facts;
  /** What taps of `pre-command` said. Those of the policy plugin itself are worked out anew. */
  readonly findings?: readonly Attributed<Finding>[];
}

/** An example in a charter that does not hold. */
export interface ExampleFault {
  /** The rule's place, such as `constraints.forbiddenCommands[1]`. */
  readonly source: string;
  readonly example: string;
  /** What the rule should do with it, and does not. */
  readonly expected: 'match' | 'notMatch';
}

/** Methods of the service. None throws: what cannot be analysed is an unknown, and an unknown is at least `ask`. */
export interface Policy {
  analyse(call: PolicyCall): Facts;
  judge(request: JudgeRequest): Judgement;
  explain(request: JudgeRequest): Explanation;
  /** Tries the examples of a charter's rules. A charter with faults denies every call until it is mended. */
  checkExamples(charter: Charter): readonly ExampleFault[];
}

export const policy: ServiceRef<Policy> = defineService<Policy>('policy', {
  version: 1,
  methods: {
    analyse: {
      sandbox: 'policy:read',
      params: [
        {
          type: 'object',
          additionalProperties: false,
          required: ['tool', 'input', 'cwd'],
          properties: {
            tool: { type: 'string', minLength: 1, maxLength: 200 },
            input: { type: 'object' },
            cwd: { type: 'string', pattern: '^/' },
            workspace: { type: 'string', pattern: '^/' },
            charter: { type: 'string', minLength: 1 },
          },
        },
      ],
    },
    judge: {},
    explain: {},
    checkExamples: {},
  },
});
