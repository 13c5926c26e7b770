/** From a question to a verdict. Whatever fails on the way, and whatever is not understood, is a refusal. */
import {
  policy as policyService,
  type Attributed,
  type Charters,
  type CompiledCharter,
  type Facade,
  type Finding,
  type Level,
  type PluginContext,
  type Policy,
  type PolicyCall,
  type PreCommandCall,
} from '@vp/sdk';
import type { Options } from '../config.ts';
import type { Question } from '../protocol/question.ts';
import type { Held } from '../state/registry.ts';
import { costSoFar, usageSoFar } from '../state/spending.ts';

/** A verdict and all that led to it. */
export interface Decision {
  readonly verdict: 'allow' | 'deny';
  /** A person would have had to agree. */
  readonly asked: boolean;
  readonly rule: string | null;
  readonly reason: string | null;
  readonly findings: readonly Attributed<Finding>[];
  /** What the agent is told; undefined where the call runs. */
  readonly message: string | undefined;
  readonly micros: number;
}

interface Remembered {
  readonly decision: Decision;
  readonly input: string;
  readonly charterHash: string;
  readonly at: number;
}

type GateContext = Pick<PluginContext<Options>, 'fire' | 'config' | 'name' | 'log' | 'has'>;

/** A verdict is used once more only for so long: policies may be edited while a call waits for its turn. */
const REMEMBER_MS = 2_000;
/** A charter that is edited faster than it can be judged by ends in a refusal. */
const ROUNDS = 5;
/** Of sessions and sub-agents; beyond it the one unheard of for longest counts as being in the session's folder. */
const MAX_FOLDERS = 10_000;
/** Where findings of the policy itself come from. */
const BUILT_IN = new Set(['floor', 'default', 'charter']);
const RANK: Readonly<Record<Level, number>> = { allow: 0, ask: 1, deny: 2 };

export class Gate {
  readonly #ctx: GateContext;
  readonly #charters: Facade<Charters>;
  readonly #policy: Facade<Policy>;
  /** Where the last callback of a session, or of one of its sub-agents, said that it works. */
  readonly #folders = new Map<string, string>();
  readonly #remembered = new Map<string, Remembered>();

  constructor(ctx: GateContext, charters: Facade<Charters>, policy: Facade<Policy>) {
    this.#ctx = ctx;
    this.#charters = charters;
    this.#policy = policy;
  }

  /** The verdict on a call, on exactly the input in the question. Never throws. */
  async decide(held: Held, question: Question): Promise<Decision> {
    const input = JSON.stringify(question.input);
    const key = `${held.id} ${question.toolUseId}`;
    const known = this.#remembered.get(key);
    this.#remembered.delete(key);
    if (known !== undefined && this.#stillHolds(held, known, question, input)) return known.decision;
    const at = performance.now();
    const { decision, charterHash } = await this.#judge(held, question);
    if (question.kind === 'callback' && decision.verdict === 'allow') this.#remember(key, { decision, input, charterHash, at });
    return decision;
  }

  /** The charter in force for a session: the newest good one, or the one it was started with. */
  charterOf(held: Held): CompiledCharter {
    try {
      return this.#charters.current(held.spec.charter.id) ?? held.spec.charter;
    } catch {
      // The service is away; what the session was started with holds until it is back.
      return held.spec.charter;
    }
  }

  #stillHolds(held: Held, known: Remembered, question: Question, input: string): boolean {
    if (question.kind !== 'tool' || known.input !== input || performance.now() - known.at > REMEMBER_MS) return false;
    return this.charterOf(held).hash === known.charterHash;
  }

  #remember(key: string, remembered: Remembered): void {
    const old = performance.now() - REMEMBER_MS;
    for (const [other, { at }] of this.#remembered) if (at < old) this.#remembered.delete(other);
    this.#remembered.set(key, remembered);
  }

  async #judge(held: Held, question: Question): Promise<{ decision: Decision; charterHash: string }> {
    const started = performance.now();
    const micros = (): number => Math.round((performance.now() - started) * 1_000);
    try {
      for (let round = 0; round < ROUNDS; round += 1) {
        const charter = this.charterOf(held);
        const findings = await this.#findings(held, question, charter);
        // Edited meanwhile: what was found holds for a charter that does not.
        if (this.charterOf(held).hash !== charter.hash) continue;
        return { decision: decisionOf(held, findings, micros()), charterHash: charter.hash };
      }
      return {
        decision: decisionOf(
          held,
          [this.#own('deny', 'charter-unsteady', 'the charter kept changing while the call was judged')],
          micros(),
        ),
        charterHash: '',
      };
    } catch (error) {
      this.#ctx.log.error({ error, session: held.id, tool: question.tool }, 'a call could not be judged and was denied');
      const why = error instanceof Error ? error.message : String(error);
      return {
        decision: decisionOf(held, [this.#own('deny', 'judge-failed', `the call could not be judged: ${why}`)], micros()),
        charterHash: '',
      };
    }
  }

  async #findings(held: Held, question: Question, charter: CompiledCharter): Promise<Attributed<Finding>[]> {
    if (question.fault !== undefined) return [this.#own('deny', 'shape', question.fault)];
    const asked = this.#asked(held, question, charter);
    const isJudged = this.#ctx.has(policyService);
    const session = {
      id: held.id,
      orchestrator: charter.charter.name,
      cwd: held.spec.cwd,
      charterHash: charter.hash,
      charter: charter.id,
    };
    const call: PreCommandCall = {
      id: question.toolUseId,
      at: Date.now(),
      session,
      tool: question.tool,
      input: question.input,
      cwd: asked.cwd,
      ...(isJudged ? { facts: this.#policy.analyse(asked) } : {}),
      ...(question.agentId === undefined ? {} : { agentId: question.agentId }),
    };
    const budget = {
      at: call.at,
      session,
      moment: 'tool' as const,
      usage: usageSoFar(held.progress),
      costUsd: costSoFar(held.progress) ?? 0,
    };
    const [said, spending] = await Promise.all([this.#ctx.fire('pre-command', call), this.#ctx.fire('budget-check', budget)]);
    const refused = spending.reasons.filter((reason) => reason.severity === 'deny');
    const findings = [
      ...said,
      ...refused.map(({ plugin, reason }): Attributed<Finding> => ({ plugin, level: 'deny', rule: 'budget', reason })),
      ...this.#toolList(question.tool, charter),
    ];
    if (isJudged) return this.#judged(asked, call, findings);
    return this.#ctx.config.withoutFacts === 'allow'
      ? findings
      : [...findings, this.#own('ask', 'no-facts', 'nothing has analysed this call')];
  }

  /** The call as the policy sees it. Only the callback says where the agent's shell stands. */
  #asked(held: Held, { kind, toolUseId, tool, input, agentId = '', cwd }: Question, charter: CompiledCharter): PolicyCall {
    const key = `${held.id} ${agentId}`;
    if (kind === 'callback' && cwd !== undefined) this.#standsIn(key, cwd);
    return {
      tool,
      input,
      cwd: this.#folders.get(key) ?? held.spec.cwd,
      workspace: held.spec.cwd,
      charter: charter.id,
      sessionId: held.id,
      callId: toolUseId,
    };
  }

  #standsIn(key: string, cwd: string): void {
    this.#folders.delete(key);
    this.#folders.set(key, cwd);
    const [oldest] = this.#folders.size > MAX_FOLDERS ? this.#folders.keys() : [];
    if (oldest !== undefined) this.#folders.delete(oldest);
  }

  /** What stands after the policy has worked out its own findings on this very input, and lifted what the charter approves. */
  #judged(asked: PolicyCall, { facts }: PreCommandCall, findings: readonly Attributed<Finding>[]): Attributed<Finding>[] {
    const judgement = this.#policy.judge({ ...asked, ...(facts ? { facts } : {}), findings });
    return judgement.findings
      .filter(({ dischargedBy }) => dischargedBy === null)
      .map(({ from, source, level, rule, reason, instead }) => ({
        plugin: BUILT_IN.has(from) ? `${from === 'charter' ? `charter, ${source ?? ''}` : from}` : from,
        level,
        rule,
        reason,
        ...(instead === null ? {} : { instead }),
      }));
  }

  #toolList(tool: string, charter: CompiledCharter): Attributed<Finding>[] {
    const allowed = charter.charter.resources.allowedTools;
    if (allowed === undefined || allowed.some((name) => name.toLowerCase() === tool.toLowerCase())) return [];
    const instead = `use one of ${allowed.join(', ') || 'no tools at all'}`;
    return [{ ...this.#own('deny', 'allowedTools', `the charter does not list the tool ${tool}`), instead }];
  }

  #own(level: 'ask' | 'deny', rule: string, reason: string): Attributed<Finding> {
    return { plugin: this.#ctx.name, level, rule, reason };
  }
}

/** The maximum over all findings; a person's consent cannot be had yet, so `ask` is a refusal too. */
function decisionOf(held: Held, findings: readonly Attributed<Finding>[], micros: number): Decision {
  const worst = findings.reduce<Attributed<Finding> | undefined>(
    (top, one) => (top === undefined || RANK[one.level] > RANK[top.level] ? one : top),
    undefined,
  );
  if (worst === undefined) return { verdict: 'allow', asked: false, rule: null, reason: null, findings, message: undefined, micros };
  const asked = worst.level === 'ask';
  const rule = worst.rule ?? worst.plugin;
  const reason = asked ? `needs a person's approval: ${worst.reason}` : worst.reason;
  return { verdict: 'deny', asked, rule, reason, findings, message: messageOf(worst, rule, asked ? whyNobody(held) : undefined), micros };
}

function messageOf(finding: Attributed<Finding>, rule: string, nobody: string | undefined): string {
  const from = rule === finding.plugin ? rule : `${rule} (${finding.plugin})`;
  const head =
    nobody === undefined
      ? `Denied by ${from}: ${finding.reason}.`
      : `Not run: ${from} wants a person to approve this first: ${finding.reason}. ${nobody}`;
  const instead =
    finding.instead ?? (nobody === undefined ? 'do it in a way that this rule does not object to' : 'go on with what needs no approval');
  return `${head.replace(/\.\.$/, '.')} Instead: ${instead}. Do not repeat the same call; if the task cannot be done without it, say so and stop.`;
}

function whyNobody(held: Held): string {
  return held.spec.attended
    ? 'This version of VP cannot carry the question to a person yet, so the call was denied.'
    : 'This session is unattended: nobody can be asked, so the call was denied.';
}
