/** How a session begins: no prompt before the gate is known to hold. */
import { newest } from '../state/attempts.ts';
import { since } from '../state/clock.ts';
import type { Driver } from '../drivers/driver.ts';
import type { Environment } from '../environment.ts';
import { INITIALIZE_ID, SETTINGS_ID, settingsFault } from '../protocol/protocol.ts';
import { rowOf } from '../state/row.ts';
import type { Session } from './session.ts';

/** Said where a conversation goes on and there is no note. */
const CONTINUE = 'Go on.';

export class Opening {
  readonly #session: Session;
  readonly #env: Environment;
  readonly #driver: Driver;

  constructor(session: Session, env: Environment, driver: Driver) {
    this.#session = session;
    this.#env = env;
    this.#driver = driver;
  }

  /** The opening has been answered and the first prompt is said. */
  get done(): boolean {
    const { spec, nextMessage } = this.#session.held;
    const opening = this.#driver.opening(spec).length;
    return nextMessage > opening + (this.#driver.waits ? 1 : 0);
  }

  /** A program that waits for nothing has its prompt already. */
  begin(): void {
    this.#announce();
    const { journal, spec } = this.#session.held;
    if (this.#driver.waits || journal.state !== 'initializing') return;
    this.#session.become('running');
    if (!spec.keepOpen) this.#session.closeInput();
  }

  /** Says what could not be said before. Ends a session whose agent does not answer: it hangs, or its answer was lost. */
  tick(): void {
    this.#goOn();
    const { journal } = this.#session.held;
    const { openMs } = this.#env.config;
    if (!this.#driver.waits || this.done || journal.stop !== null || since(newest(journal.attempts).started, this.#env.boot) < openMs)
      return;
    this.#session.stop('failed', `the agent did not answer the opening of its session within ${openMs / 1_000} s`, true);
  }

  /** Takes the agent's answer to a request. */
  response(requestId: string, response: Readonly<Record<string, unknown>>, error: string | undefined): void {
    const { held } = this.#session;
    if (this.done || held.journal.stop !== null) return;
    if (requestId !== INITIALIZE_ID && requestId !== SETTINGS_ID) return;
    if (error !== undefined) return this.#session.stop('failed', `the agent refused the opening of the session: ${error}`, true);
    if (requestId === INITIALIZE_ID) return;
    const fault = settingsFault(response);
    if (fault !== undefined) return this.#session.stop('failed', `the gate does not hold: ${fault}`, true);
    held.agreed = true;
    this.#goOn();
  }

  /** Says the prompt once the agent has agreed. Where it cannot be written, on a full disk, the next look tries again. */
  #goOn(): void {
    const { held } = this.#session;
    if (!held.agreed || this.done || held.journal.stop !== null) return;
    try {
      this.#prompt();
    } catch (error) {
      this.#env.ctx.log.error({ error, session: held.id }, 'the prompt could not be said; it is tried again');
    }
  }

  /** Once in the life of a kernel. */
  #announce(): void {
    const { held } = this.#session;
    if (held.announced) return;
    held.announced = true;
    this.#session.save();
    const at = Date.now();
    this.#env.ctx.fire('session-start', { at, session: this.#session.info(), pid: held.pid ?? 0, adopted: held.adopted });
    this.#session.emit('session-spawned', { sessionId: held.id, pid: held.pid ?? 0, row: rowOf(held, this.#env.boot) });
  }

  #prompt(): void {
    const { journal, spec } = this.#session.held;
    const { mode, note } = newest(journal.attempts);
    const prompt = mode === 'resume' ? [] : [spec.prompt];
    this.#session.sayToAgent([...prompt, ...(note === null || note === '' ? [] : [note])].join('\n\n') || CONTINUE);
    const { backlog } = journal;
    journal.backlog = [];
    this.#session.become('running');
    for (const text of backlog) this.#session.input(text);
  }
}
