/** One session in the hands of one version of the plugin: reads what the agent says, answers what it asks, says what is to be said. */
import { randomUUID } from 'node:crypto';
import { watch, type FSWatcher } from 'node:fs';
import type { SessionEvents, SessionInfo, SessionState } from '@vp/sdk';
import { CHECKPOINT_BYTES, checkpointOf } from '../state/checkpoint.ts';
import { uptime } from '../state/clock.ts';
import type { Driver } from '../drivers/driver.ts';
import { Ending } from '../end/ending.ts';
import type { Environment } from '../environment.ts';
import { errors } from '../errors.ts';
import { writeWhole } from '../holder/folder.ts';
import { Listener } from './listener.ts';
import { Opening } from './opening.ts';
import { Questions } from '../gate/questions.ts';
import { Reader } from './reader.ts';
import { isEnded, type Held, type Stop } from '../state/registry.ts';
import { ring, spool } from '../holder/spool.ts';
import { enter, enterErr } from '../state/spending.ts';
import { begin } from '../state/state.ts';
import { Tail } from '../holder/tail.ts';

/** How often the offset is journaled while output flows. */
const JOURNAL_MS = 1_000;
/** Errors of the API that no retry mends. */
const AUTH_ERRORS: ReadonlySet<string> = new Set(['authentication_failed', 'oauth_org_not_allowed', 'account_on_hold']);

export class Session {
  readonly held: Held;
  readonly #env: Environment;
  readonly #driver: Driver;
  readonly #opening: Opening;
  readonly #listener: Listener;
  readonly #questions: Questions;
  readonly #ending: Ending;
  readonly #out: Tail;
  readonly #err: Tail;
  #watcher: FSWatcher | undefined;
  readonly #ready = Promise.withResolvers<void>();
  #started = false;
  #journaledAt = 0;

  /** Takes the session: from here on no other version reads or writes it. */
  constructor(held: Held, env: Environment) {
    this.held = held;
    this.#env = env;
    held.owner = env.token;
    // The version before may have known less of a session.
    held.progress = { ...begin(), ...held.progress };
    enter(held.progress, held.journal.attempts, held.offset);
    // Of a further attempt: its tail begins with it.
    enterErr(held.progress, held.journal.attempts, held.errOffset - 1, held.errOffset);
    this.#driver = env.driverOf(held.spec.type);
    this.#opening = new Opening(this, env, this.#driver);
    this.#listener = new Listener(this, this.#opening);
    this.#questions = new Questions(this, env);
    const reader = new Reader(this, env, this.#driver, (signal) => this.#listener.take(signal));
    const maxLine = env.config.lineMb * 1e6;
    this.#out = new Tail(held.folder.out, held.offset, maxLine, (lines, end) => {
      if (!this.owned) return;
      reader.read(lines, end);
      this.#afterRead();
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

  /** Resolves once what an earlier kernel had read has been read again, or nobody will read it any more. */
  get ready(): Promise<void> {
    return this.#ready.promise;
  }

  /** The work is done and the input is closed: nothing is to come but the agent's exit. */
  get done(): boolean {
    const { spec, journal, progress, unread } = this.held;
    return !spec.keepOpen && journal.inputClosed && progress.idle && progress.openTasks.length === 0 && unread.size === 0;
  }

  /** Starts to read. */
  start(): void {
    if (!this.owned) return this.#ready.resolve();
    this.#started = true;
    try {
      this.#watcher = watch(this.held.folder.root, () => this.tick());
      this.#watcher.on('error', () => undefined);
    } catch (error) {
      this.#env.ctx.log.warn({ error, session: this.held.id }, 'the session folder cannot be watched; it is looked at twice a second');
    }
    this.#opening.begin();
    ring(this.held.folder, this.held.journal.inputClosed ? 'eof' : 'look');
    if (this.caughtUp) this.#ready.resolve();
    this.tick();
  }

  /** Lets go, whoever holds the session now. */
  release(): void {
    this.#watcher?.close();
    this.#out.stop();
    this.#err.stop();
    this.#ready.resolve();
  }

  /** Looks at everything that time or the holder may have changed. */
  tick(): void {
    if (!this.owned || !this.#started) return;
    try {
      this.#out.poke();
      this.#err.poke();
      this.#opening.tick();
      this.#ending.checkSize();
      this.#listener.closeWhenDone();
      this.#questions.answerAll();
      this.#ending.tick();
    } catch (error) {
      // A full disk, most likely. The next look tries again.
      this.#env.ctx.log.error({ error, session: this.held.id }, 'a session could not be looked after');
    }
  }

  /** Says a further thing to the agent, after the first prompt. @throws VP_SESSION_ENDED */
  input(text: string): void {
    if (this.held.journal.inputClosed) throw errors('VP_SESSION_ENDED', { id: this.held.id, why: 'its input is closed' });
    if (!this.#opening.done) {
      this.held.journal.backlog.push(text);
      return this.save();
    }
    this.sayToAgent(text, (uuid) => this.#driver.input(text, uuid));
  }

  /** Says something of which the agent tells when it has taken it up. */
  sayToAgent(text: string, message: (uuid: string) => string = (uuid) => this.#driver.prompt(text, uuid)): void {
    const { journal, unread } = this.held;
    const uuid = randomUUID();
    this.say(message(uuid));
    if (this.#driver.waits) unread.add(uuid);
    journal.said = { first: journal.said.first ?? uuid, last: uuid };
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

  /** Holds the agent up, until `goOn`. One that is being ended is let be. */
  pause(): void {
    const { held } = this;
    if (held.paused === true || held.journal.stop !== null) return;
    held.paused = true;
    this.#ending.signalAgent('SIGSTOP');
  }

  /** Takes a pause back. An earlier kernel may have made one that is not known here. */
  goOn(): void {
    const { held } = this;
    if (held.paused === false) return;
    held.paused = false;
    this.#ending.signalAgent('SIGCONT');
  }

  /** End of input, journaled before it is sent. */
  closeInput(): void {
    this.held.journal.inputClosed = true;
    this.save();
    ring(this.held.folder, 'eof');
  }

  /** Begins to end the session. The first reason counts; `force` hastens an end that has begun. */
  stop(outcome: Stop['outcome'], reason: string | null, force: boolean): void {
    if (this.held.paused !== false) this.goOn();
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
    if (offset - (journal.checkpoint?.offset ?? 0) >= CHECKPOINT_BYTES) journal.checkpoint = checkpointOf(this.held) ?? journal.checkpoint;
    this.#journaledAt = uptime();
    writeWhole(folder.state, JSON.stringify(journal));
  }

  /** Changes the state: journaled first, then told. */
  become(state: SessionState): void {
    const { id, journal } = this.held;
    const previous = journal.state;
    if (previous === state) return;
    journal.state = state;
    this.#env.eventLog.note(this.held, previous);
    this.save();
    this.emit('session-state', { sessionId: id, state, previous });
    this.#env.eventLog.flush(this.held);
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

  #afterRead(): void {
    const { journal, progress, spec } = this.held;
    if (uptime() - this.#journaledAt >= JOURNAL_MS) this.save();
    if (!this.caughtUp) return;
    this.#ready.resolve();
    const error = progress.retryError;
    if (error !== null && AUTH_ERRORS.has(error) && journal.stop === null) {
      this.stop('failed', `the API refused the agent's credentials (${error}): log in with \`claude\`, or set ANTHROPIC_API_KEY`, false);
    }
    this.#questions.answerAll();
    this.#listener.closeWhenDone();
    this.#ending.tick();
    if (journal.state === 'running' && progress.idle && spec.keepOpen) this.become('waiting');
    if (journal.state === 'waiting' && !progress.idle) this.become('running');
  }
}
