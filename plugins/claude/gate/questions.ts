/** The agent's questions: each is judged and answered once. */
import type { Environment } from '../environment.ts';
import type { Decision } from './gate.ts';
import type { Question } from '../protocol/question.ts';
import { allowTool, callbackAnswer, denyTool, refuse } from '../protocol/protocol.ts';
import type { Held } from '../state/registry.ts';
import type { Session } from '../session/session.ts';
import { EDIT_TOOLS } from '../state/state.ts';

const ENDING: Decision = {
  verdict: 'deny',
  asked: false,
  rule: 'ending',
  reason: 'the session is being ended',
  findings: [],
  message: 'The session is being ended.',
  micros: 0,
};

export class Questions {
  readonly #session: Session;
  readonly #env: Environment;
  readonly #judging = new Set<string>();

  constructor(session: Session, env: Environment) {
    this.#session = session;
    this.#env = env;
  }

  /** Takes up every question that nobody is judging. Also those whose answer could not be written. */
  answerAll(): void {
    const { pending } = this.#session.held;
    if (pending.size === 0 || !this.#session.caughtUp) return;
    for (const question of pending.values()) {
      if (this.#judging.has(question.requestId)) continue;
      this.#judging.add(question.requestId);
      this.#answer(question)
        .catch((error: unknown) =>
          this.#env.ctx.log.error({ error, session: this.#session.held.id }, 'an answer could not be given; it is tried again'),
        )
        .finally(() => this.#judging.delete(question.requestId));
    }
  }

  /** Only who still holds the session when the verdict is there answers, and only a question that still stands. */
  async #answer(question: Question): Promise<void> {
    const { held } = this.#session;
    if (question.kind === 'other') {
      this.#session.say(refuse(question.requestId, `VP does not serve ${question.tool}`));
      held.pending.delete(question.requestId);
      return;
    }
    const decision = held.journal.stop === null ? await this.#env.gate.decide(held, question) : ENDING;
    if (!this.#session.owned || held.pending.get(question.requestId) !== question) return;
    const { verdict, message } = decision;
    const final = question.kind === 'tool' || verdict === 'deny';
    if (final && verdict === 'allow' && EDIT_TOOLS.has(question.tool)) this.#beforeEdit(question);
    if (question.kind === 'callback') this.#session.say(callbackAnswer(question.requestId, message));
    else this.#session.say(message === undefined ? allowTool(question.requestId, question.input) : denyTool(question.requestId, message));
    held.pending.delete(question.requestId);
    if (final) this.#tell(question, decision);
  }

  #beforeEdit({ toolUseId, tool, input, agentId }: Question): void {
    const call = { id: toolUseId, at: Date.now(), session: this.#session.info(), tool, input: { ...input } };
    this.#env.ctx.fire('pre-edit', agentId === undefined ? call : { ...call, agentId });
  }

  #tell(question: Question, decision: Decision): void {
    const { held } = this.#session;
    const { toolUseId, tool, input } = question;
    const { verdict, asked, rule, reason, findings, micros } = decision;
    if (asked) held.journal.verdicts.approvals += 1;
    if (verdict === 'deny') {
      held.journal.verdicts.denials += 1;
    }
    keepAnswer(held, question, verdict === 'deny' ? 'denied' : 'not denied');
    this.#session.emit('verdict', { sessionId: held.id, toolUseId, tool, input, verdict, rule, reason, findings, micros });
  }
}

/** Keeps in mind what a call's result, or the want of one, will mean. */
export function keepAnswer(held: Held, { kind, toolUseId, tool, input }: Question, answer: 'denied' | 'not denied'): void {
  if (answer === 'denied') held.denied.add(toolUseId);
  else if (kind === 'tool') held.progress.allowed[toolUseId] = { tool, input };
}
