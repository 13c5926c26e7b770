/** One short session over pipes, for the canary: one call, held for a while, then denied. */
import { spawn, type ChildProcessWithoutNullStreams } from 'node:child_process';
import { createInterface } from 'node:readline';
import { parseLine, type Signal } from '../protocol/parse.ts';
import type { Question } from '../protocol/question.ts';
import {
  callbackAnswer,
  denyTool,
  getSettings,
  initialize,
  INITIALIZE_ID,
  SETTINGS_ID,
  settingsFault,
  userMessage,
} from '../protocol/protocol.ts';

/** What was seen. */
export interface Rehearsal {
  readonly version: string;
  readonly blocksOnFailure: boolean;
  /** The words of the denial. */
  readonly denial: string;
  readonly fault: string | null;
}

/** How long a call is left waiting, to see that it waits. */
const HOLD_MS = 150;
/** A machine under load takes its time; an agent that says nothing for so long cannot be proved. */
const LIMIT_MS = 120_000;
const DENIAL = 'denied by the canary';

/** Runs it. */
export async function rehearse(argv: readonly string[], cwd: string, env: Readonly<Record<string, string>>): Promise<Rehearsal> {
  const [program = '', ...args] = argv;
  const agent = spawn(program, args, { cwd, env, stdio: 'pipe', detached: true });
  agent.stdin.on('error', () => undefined);
  const stderr: Buffer[] = [];
  agent.stderr.on('data', (chunk: Buffer) => stderr.push(chunk));
  const exited = new Promise<string>((resolve) => {
    agent.once('error', (error) => resolve(error.message));
    agent.once('close', (code, signal) =>
      resolve(`it ended (${signal ?? code}) ${Buffer.concat(stderr).toString('utf8').trim().slice(0, 500)}`),
    );
  });
  const watch = new Watch(agent);
  const timer = setTimeout(() => watch.fail(`it did not finish within ${LIMIT_MS / 1_000} s`), LIMIT_MS);
  try {
    const how = await Promise.race([watch.done, exited.then((words) => `before the end of the turn ${words}`)]);
    return { version: watch.version, blocksOnFailure: watch.blocksOnFailure, denial: DENIAL, fault: how };
  } finally {
    clearTimeout(timer);
    end(agent);
    await exited;
  }
}

/** Follows the session and notes what goes against the gate. */
class Watch {
  readonly #agent: ChildProcessWithoutNullStreams;
  readonly #done = Promise.withResolvers<string | null>();
  #calledBack = false;
  #asked = false;
  #answered = false;
  version = 'unknown';
  blocksOnFailure = false;

  constructor(agent: ChildProcessWithoutNullStreams) {
    this.#agent = agent;
    createInterface({ input: agent.stdout }).on('line', (line) => this.#line(line));
    agent.stdin.write(initialize() + getSettings());
  }

  /** Null once all was well, else what was not. */
  get done(): Promise<string | null> {
    return this.#done.promise;
  }

  fail(why: string): void {
    this.#done.resolve(why);
  }

  #line(line: string): void {
    const { events, signals } = parseLine('canary', 0, line, 0);
    for (const event of events) {
      if (event.type === 'ready') this.version = event.version ?? this.version;
      if (event.type === 'tool-result' && !this.#answered) this.fail('a call did not wait for its verdict');
      if (event.type === 'result') this.#done.resolve(this.#missing());
    }
    for (const signal of signals) this.#signal(signal);
  }

  #missing(): string | null {
    if (!this.#asked) return 'it did not ask before a read-only call';
    return this.#calledBack ? null : 'it did not call back before a call';
  }

  #signal(signal: Signal): void {
    if (signal.kind === 'response') this.#response(signal.requestId, signal.response, signal.error);
    if (signal.kind === 'question') this.#question(signal.question);
  }

  #response(id: string, response: Readonly<Record<string, unknown>>, error: string | undefined): void {
    if (id !== INITIALIZE_ID && id !== SETTINGS_ID) return;
    if (error !== undefined) return this.fail(`it refused a request of the control protocol: ${error}`);
    if (id === INITIALIZE_ID) this.blocksOnFailure = response['hook_on_failure_supported'] === true;
    if (id !== SETTINGS_ID) return;
    const fault = settingsFault(response);
    if (fault !== undefined) return this.fail(fault);
    this.#agent.stdin.write(userMessage('Run the canary.', crypto.randomUUID()));
  }

  #question(question: Question): void {
    if (question.fault !== undefined) return this.fail(question.fault);
    if (question.kind === 'callback') {
      this.#calledBack = true;
      this.#agent.stdin.write(callbackAnswer(question.requestId, undefined));
    }
    if (question.kind !== 'tool') return;
    this.#asked = true;
    setTimeout(() => {
      this.#answered = true;
      this.#agent.stdin.write(denyTool(question.requestId, DENIAL));
    }, HOLD_MS);
  }
}

/** The whole group: the canary leaves nothing behind. */
function end(agent: ChildProcessWithoutNullStreams): void {
  if (agent.pid === undefined) return;
  try {
    process.kill(-agent.pid, 'SIGKILL');
  } catch {
    // Ended already.
  }
}
