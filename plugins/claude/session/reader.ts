/** Turns the lines of an agent's output into its state, shows them to the taps, and hands the signals on. */
import type { AgentEvent } from '@vp/sdk';
import { newest } from '../state/attempts.ts';
import type { Driver } from '../drivers/driver.ts';
import type { Environment } from '../environment.ts';
import { plainLine, tooLong, type Parsed, type Signal } from '../protocol/parse.ts';
import { remember } from '../state/recent.ts';
import type { Session } from './session.ts';
import { enter, enterErr } from '../state/spending.ts';
import { advance, EDIT_TOOLS, note } from '../state/state.ts';
import type { Line } from '../holder/tail.ts';

const POST_OUTPUT = 4_096;

/** New to everybody, perhaps seen before, or only read to rebuild the state. */
type Novelty = 'fresh' | 'again' | 'quiet';

export class Reader {
  readonly #session: Session;
  readonly #env: Environment;
  readonly #driver: Driver;
  readonly #onSignal: (signal: Signal) => void;

  constructor(session: Session, env: Environment, driver: Driver, onSignal: (signal: Signal) => void) {
    this.#session = session;
    this.#env = env;
    this.#driver = driver;
    this.#onSignal = onSignal;
  }

  /** Lines of standard output. Runs without waiting, so that offset, state and questions change together. */
  read(lines: readonly Line[], end: number): void {
    const { held } = this.#session;
    const { attempts } = held.journal;
    const at = Date.now();
    const shown: Readonly<Record<Novelty, AgentEvent[]>> = { quiet: [], again: [], fresh: [] };
    let recent: AgentEvent[] = [];
    for (const line of lines) {
      if (attempts.some(({ n, outOffset }) => n > held.progress.attempt && outOffset <= line.offset)) {
        enter(held.progress, attempts, line.offset);
        recent = [];
      }
      const { events, signals } = this.#parse(line, at);
      const novelty = line.offset < held.quietUntil ? 'quiet' : line.offset < held.replayUntil ? 'again' : 'fresh';
      for (const event of events) {
        if (novelty !== 'quiet') this.#callEnded(event);
        advance(held.progress, event);
      }
      for (const event of events) {
        shown[novelty].push(event);
        recent.push(event);
      }
      for (const signal of signals) {
        note(held.progress, signal);
        // What an earlier attempt asked and answered is nothing to the one that runs.
        if (line.offset >= newest(attempts).outOffset) this.#onSignal(signal);
      }
    }
    held.offset = end;
    remember(held.progress, recent);
    // An attempt that has said nothing yet.
    enter(held.progress, attempts, end);
    this.#show(shown.again, true);
    this.#show(shown.fresh, false);
  }

  /** Lines of standard error. */
  readErr(lines: readonly Line[], end: number): void {
    const { held } = this.#session;
    const events = lines.map(({ offset, text, length }) =>
      plainLine(held.id, offset, text ?? `(a line of ${length} bytes)`, Date.now(), 'stderr'),
    );
    for (const [n, event] of events.entries()) {
      const offset = lines[n]?.offset ?? 0;
      enterErr(held.progress, held.journal.attempts, held.errOffset - 1, offset);
      held.errOffset = offset + 1;
      advance(held.progress, event);
    }
    remember(held.progress, events);
    enterErr(held.progress, held.journal.attempts, held.errOffset - 1, end);
    held.errOffset = end;
    const from = (start: number, until: number): AgentEvent[] =>
      events.filter((_event, n) => (lines[n]?.offset ?? 0) >= start && (lines[n]?.offset ?? 0) < until);
    this.#show(from(held.errQuietUntil, held.errReplayUntil), true);
    this.#show(from(Math.max(held.errQuietUntil, held.errReplayUntil), Number.POSITIVE_INFINITY), false);
  }

  #parse({ offset, text, length }: Line, at: number): Parsed {
    const { id } = this.#session.held;
    return text === undefined ? { events: [tooLong(id, offset, length, at)], signals: [] } : this.#driver.parse(id, offset, text, at);
  }

  #show(events: readonly AgentEvent[], replayed: boolean): void {
    if (events.length === 0) return;
    this.#env.ctx.fire('on-output', { session: this.#session.info(), events: [...events], replayed });
    this.#session.emit('session-output', { sessionId: this.#session.held.id, events, replayed });
  }

  /** Told while the call is still known: its result takes it from the state. Calls that were denied never ran. */
  #callEnded(event: AgentEvent): void {
    if (event.type !== 'tool-result') return;
    const { denied, progress } = this.#session.held;
    const id = event.toolUseId ?? '';
    const call = progress.calls[id];
    if (call === undefined || denied.delete(id)) return;
    const session = this.#session.info();
    const output = (event.text ?? '').slice(0, POST_OUTPUT);
    const ended = { id, at: event.at, session, tool: call.tool, input: { ...call.input }, isError: event.isError === true, output };
    this.#env.ctx.fire('post-command', ended);
    if (EDIT_TOOLS.has(call.tool)) this.#env.ctx.fire('post-edit', ended);
  }
}
