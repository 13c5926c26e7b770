/** One session in the hands of one version of the plugin: reads what the agent says, answers what it asks, says what is to be said. */
import { randomUUID } from 'node:crypto';
import { watch, type FSWatcher } from 'node:fs';
import type { SessionEvents, SessionInfo, SessionState } from '@vp/sdk';
import type { Driver } from './drivers/driver.ts';
import { Ending } from './ending.ts';
import type { Environment } from './environment.ts';
import { errors } from './errors.ts';
import { writeWhole } from './folder.ts';
import { Opening } from './opening.ts';
import type { Signal } from './parse.ts';
import type { Question } from './question.ts';
import { Questions } from './questions.ts';
import { Reader } from './reader.ts';
import { isEnded, type Held, type Stop } from './registry.ts';
import { ring, spool } from './spool.ts';
import { begin } from './state.ts';
import { Tail } from './tail.ts';

/** How often the offset is journaled while output flows. */
const JOURNAL_MS = 1_000;
/** After a task in the background has ended, the agent may start a turn by itself. */
const TASK_GRACE_MS = 2_000;
/** Errors of the API that no retry mends. */
const AUTH_ERRORS: ReadonlySet<string> = new Set(['authentication_failed', 'oauth_org_not_allowed', 'account_on_hold']);

export class Session {
  readonly held: Held;
  readonly #env: Environment;
  readonly #driver: Driver;
  readonly #opening: Opening;
  readonly #questions: Questions;
  readonly #ending: Ending;
  readonly #out: Tail;
  readonly #err: Tail;
  #watcher: FSWatcher | undefined;
  #journaledAt = 0;
  #taskEndedAt = 0;

  /** Takes the session: from here on no other version reads or writes it. */
  constructor(held: Held, env: Environment) {
    this.held = held;
    this.#env = env;
    held.owner = env.token;
    // The version before may have known less of a session.
    held.progress = { ...begin(), ...held.progress };
    this.#driver = env.driverOf(held.spec.type);
    this.#opening = new Opening(this, env, this.#driver);
    this.#questions = new Questions(this, env);
    const reader = new Reader(this, env, this.#driver, (signal) => this.#signal(signal));
    const maxLine = env.config.lineMb * 1e6;
    this.#out = new Tail(held.folder.out, held.offset, maxLine, (lines, end) => {
      if (!this.owned) return;
      reader.read(lines, end);
      this.#afterRead(Date.now());
    });
    this.#err = new Tail(held.folder.err, held.errOffset, maxLine, (lines, end) => {
      if (this.owned) reader.readErr(lines, end);
    });
    this.#ending = new Ending(this, env, [this.#out, this.#err]);
  }

  /** Whether this version still holds the session. */
  get owned(): boolean {
    return this.held.owner === this.#env.token && !isEnded(this.held.journal.state);
  }

  /** The agent is inside a turn that can be interrupted. */
  get busy(): boolean {
    return this.#driver.waits && this.#opening.done && !this.held.progress.idle;
  }

  /** What an earlier kernel had read has been read again. */
  get caughtUp(): boolean {
    return this.held.offset >= this.held.replayUntil;
  }

  /** Starts to read. */
  start(): void {
    try {
      this.#watcher = watch(this.held.folder.root, () => this.tick(Date.now()));
      this.#watcher.on('error', () => undefined);
    } catch (error) {
      this.#env.ctx.log.warn({ error, session: this.held.id }, 'the session folder cannot be watched; it is looked at twice a second');
    }
    this.#opening.begin();
    ring(this.held.folder, this.held.journal.inputClosed ? 'eof' : 'look');
    this.tick(Date.now());
  }

  /** Lets go, whoever holds the session now. */
  release(): void {
    this.#watcher?.close();
    this.#out.stop();
    this.#err.stop();
  }

  /** Looks at everything that time or the holder may have changed. */
  tick(now: number): void {
    if (!this.owned) return;
    try {
      this.#out.poke();
      this.#err.poke();
      this.#ending.checkSize();
      this.#closeWhenDone(now);
      this.#questions.answerAll();
      this.#ending.tick(now);
    } catch (error) {
      // A full disk, most likely. The next look tries again.
      this.#env.ctx.log.error({ error, session: this.held.id }, 'a session could not be looked after');
    }
  }

  /** Says a further thing to the agent, after the first prompt. @throws VP_SESSION_ENDED */
  input(text: string): void {
    if (this.held.journal.inputClosed) throw errors('VP_SESSION_ENDED', { id: this.held.id, why: 'its input is closed' });
    if (!this.#opening.done) {
      this.held.backlog.push(text);
      return;
    }
    const uuid = randomUUID();
    if (this.#driver.waits) this.held.unread.add(uuid);
    this.say(this.#driver.input(text, uuid));
  }

  /** Stops the turn; resolves when the agent has taken note. */
  async interrupt(): Promise<void> {
    const id = `vp-${randomUUID()}`;
    const message = this.#driver.interrupt(id);
    if (message === undefined || !this.busy) return;
    const answered = Promise.withResolvers<void>();
    this.held.requests.set(id, answered);
    this.say(message);
    await answered.promise;
  }

  /** End of input, journaled before it is sent. */
  closeInput(): void {
    this.held.journal.inputClosed = true;
    this.save();
    ring(this.held.folder, 'eof');
  }

  /** Begins to end the session. The first reason counts; `force` hastens an end that has begun. */
  stop(outcome: Stop['outcome'], reason: string | null, force: boolean): void {
    this.#ending.stop(outcome, reason, force);
  }

  /** Puts a message into the spool. */
  say(message: string): void {
    spool(this.held.folder, this.held.nextMessage, message);
    this.held.nextMessage += 1;
  }

  /** Writes the journal. */
  save(): void {
    const { journal, offset, errOffset, folder } = this.held;
    journal.offset = Math.max(journal.offset, offset);
    journal.errOffset = Math.max(journal.errOffset, errOffset);
    this.#journaledAt = Date.now();
    writeWhole(folder.state, JSON.stringify(journal));
  }

  /** Changes the state: journaled first, then told. */
  become(state: SessionState): void {
    const { id, journal } = this.held;
    const previous = journal.state;
    if (previous === state) return;
    journal.state = state;
    this.save();
    this.emit('session-state', { sessionId: id, state, previous });
  }

  /** Tells subscribers of the service. */
  emit<K extends keyof SessionEvents>(event: K, payload: SessionEvents[K]): void {
    this.#env.emit(event, payload);
  }

  /** What hooks are told of the session. */
  info(): SessionInfo {
    const { id, spec } = this.held;
    const { hash, charter } = this.#env.gate.charterOf(this.held);
    return { id, orchestrator: charter.name, cwd: spec.cwd, charterHash: hash };
  }

  #afterRead(now: number): void {
    const { journal, progress, spec } = this.held;
    if (now - this.#journaledAt >= JOURNAL_MS) this.save();
    if (!this.caughtUp) return;
    const error = progress.retryError;
    if (error !== null && AUTH_ERRORS.has(error) && journal.stop === null) {
      this.stop('failed', `the API refused the agent's credentials (${error}): log in with \`claude\`, or set ANTHROPIC_API_KEY`, false);
    }
    this.#questions.answerAll();
    this.#closeWhenDone(now);
    this.#ending.tick(now);
    if (journal.state === 'running' && progress.idle && spec.keepOpen) this.become('waiting');
    if (journal.state === 'waiting' && !progress.idle) this.become('running');
  }

  #signal(signal: Signal): void {
    switch (signal.kind) {
      case 'question':
        return this.#asked(signal.question);
      case 'withdrawn':
        this.held.pending.delete(signal.requestId);
        return;
      case 'accepted':
        this.held.unread.delete(signal.uuid);
        return;
      case 'response':
        this.held.requests.get(signal.requestId)?.resolve();
        this.held.requests.delete(signal.requestId);
        return this.#opening.response(signal.requestId, signal.response, signal.error);
      case 'task':
      case 'tasks':
        this.#taskEndedAt = Date.now();
        return;
      case 'spent':
        return;
      default:
        return never(signal);
    }
  }

  #asked(question: Question): void {
    const { answered, denied, pending } = this.held;
    const answer = answered.get(question.requestId);
    if (answer === undefined) pending.set(question.requestId, question);
    else if (answer === 'denied') denied.add(question.toolUseId);
  }

  /** A session that is not kept open ends with its first result, once nothing is left that could still ask. */
  #closeWhenDone(now: number): void {
    const { spec, progress, journal, unread } = this.held;
    if (!this.owned || spec.keepOpen || journal.inputClosed || journal.stop !== null || !progress.idle || !this.caughtUp) return;
    if (progress.openTasks.length > 0 || unread.size > 0) return;
    if (progress.taskSinceResult && now - this.#taskEndedAt < TASK_GRACE_MS) return;
    this.closeInput();
  }
}

function never(value: never): never {
  throw new TypeError(`not handled: ${JSON.stringify(value)}`);
}
