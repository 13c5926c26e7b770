/** What the agent's lines mean to a session beside their events: questions, receipts, answers, and that its work is done. */
import { uptime } from '../state/clock.ts';
import type { Opening } from './opening.ts';
import type { Signal } from '../protocol/parse.ts';
import { keepAnswer } from '../gate/questions.ts';
import type { Question } from '../protocol/question.ts';
import type { Session } from './session.ts';

/** After a task in the background has ended, the agent may start a turn by itself. */
const TASK_GRACE_MS = 2_000;

export class Listener {
  readonly #session: Session;
  readonly #opening: Opening;
  #taskEndedAt = 0;

  constructor(session: Session, opening: Opening) {
    this.#session = session;
    this.#opening = opening;
  }

  /** Takes a signal of the attempt that runs. */
  take(signal: Signal): void {
    const { held } = this.#session;
    switch (signal.kind) {
      case 'question':
        return this.#asked(signal.question);
      case 'withdrawn':
        held.pending.delete(signal.requestId);
        return;
      case 'accepted':
        held.unread.delete(signal.uuid);
        return;
      case 'response':
        held.requests.get(signal.requestId)?.resolve();
        held.requests.delete(signal.requestId);
        return this.#opening.response(signal.requestId, signal.response, signal.error);
      case 'task':
      case 'tasks':
        this.#taskEndedAt = uptime();
        return;
      case 'spent':
      case 'turn':
        return;
      default:
        return never(signal);
    }
  }

  /** A session that is not kept open ends with its first result, once nothing is left that could still ask. */
  closeWhenDone(): void {
    const { spec, progress, journal, unread } = this.#session.held;
    if (!this.#session.owned || spec.keepOpen || journal.inputClosed || journal.stop !== null) return;
    if (!progress.idle || !this.#session.caughtUp) return;
    if (progress.openTasks.length > 0 || unread.size > 0) return;
    if (progress.taskSinceResult && uptime() - this.#taskEndedAt < TASK_GRACE_MS) return;
    this.#session.closeInput();
  }

  #asked(question: Question): void {
    const { held } = this.#session;
    const answer = held.answered.get(question.requestId);
    if (answer === undefined) held.pending.set(question.requestId, question);
    else keepAnswer(held, question, answer);
  }
}

function never(value: never): never {
  throw new TypeError(`not handled: ${JSON.stringify(value)}`);
}
