/** The second act: four sessions, two at a time. An agent is killed, then the service; everything ends once, and where it stopped. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { pool, sessions, type PoolRow } from '@vp/sdk';
import { connect, type Connection } from '../../../kernel/cli/remote.ts';
import { realAgent, type ScriptedApi } from '../../support/api/index.ts';
import { place, type Place, type Running } from '../../support/vp.ts';
import type { Screen } from '../screen.ts';
import { TASKS, tellTasks, writeProject, type Script, type Task } from './story.ts';

/** What the act came to. */
export interface Outcome {
  readonly rows: readonly PoolRow[];
  readonly script: Script;
  /** Processes of the service. */
  readonly services: readonly number[];
  /** The agents that ran while there was no service, before and after. */
  readonly survivors: readonly { readonly before: number | null; readonly after: number | null }[];
  readonly mostAtOnce: number;
  /** Sessions, in the order in which they got a slot for the first time. */
  readonly order: readonly string[];
  readonly ends: readonly string[];
  /** Sessions by task. */
  readonly sessions: Readonly<Record<Task['name'], string>>;
  readonly notes: Readonly<Record<Task['name'], string>>;
  readonly migration: string;
}

interface Seen {
  mostAtOnce: number;
  readonly order: string[];
  readonly ends: string[];
}

/** The tasks by session. What is told of one that has no name yet waits for it. */
class Cast {
  readonly #names = new Map<string, Task['name']>();
  readonly #waiting = new Map<string, ((name: string) => void)[]>();

  name(sessionId: string, name: Task['name']): void {
    this.#names.set(sessionId, name);
    for (const tell of this.#waiting.get(sessionId) ?? []) tell(name);
    this.#waiting.delete(sessionId);
  }

  tell(sessionId: string, tell: (name: string) => void): void {
    const name = this.#names.get(sessionId);
    if (name === undefined) this.#waiting.set(sessionId, [...(this.#waiting.get(sessionId) ?? []), tell]);
    else tell(name);
  }

  idOf(wanted: Task['name']): string {
    for (const [id, name] of this.#names) if (name === wanted) return id;
    throw new Error(`${wanted} was not submitted`);
  }
}

/** Plays it. Ends what it started, also where it fails. */
export async function playKills(screen: Screen, api: ScriptedApi, signal: AbortSignal): Promise<Outcome> {
  const script = tellTasks();
  api.use(script.turn);
  const here = await place(api.url);
  const stop = (): void => void here.remove();
  signal.addEventListener('abort', stop, { once: true });
  try {
    return await play(screen, here, script, signal);
  } finally {
    signal.removeEventListener('abort', stop);
    await here.remove();
  }
}

async function play(screen: Screen, here: Place, script: Script, signal: AbortSignal): Promise<Outcome> {
  await writeProject(here.project);
  await here.config({
    plugins: [
      '@vp/store',
      '@vp/charter',
      ['@vp/claude', { bin: realAgent, withoutFacts: 'allow', canary: false }],
      ['@vp/pool', { maxConcurrentSessions: 2, minFreeMemoryMb: 0 }],
      '@vp/recovery',
      '@vp/gateway',
    ],
  });
  const cast = new Cast();
  const seen: Seen = { mostAtOnce: 0, order: [], ends: [] };

  screen.heading('6  Four tasks, two at a time');
  let service = await here.service();
  const services = [service.child.pid];
  let client = await follow(screen, here, cast, seen);
  for (const task of TASKS) await submit(screen, here, task, cast);
  await until(signal, () => existsSync(join(here.project, 'migration.log')));
  await sessionTable(screen, here);

  screen.heading('7  The agent of A is killed in the middle of its call');
  const a = await rowOf(client, cast.idOf('A'));
  screen.text(`kill -9 ${a.pid}`, { indent: 2, style: 'bold' });
  process.kill(a.pid ?? 0, 'SIGKILL');
  await until(signal, async () => (await rowOf(client, cast.idOf('A'))).attempts === 2);

  screen.heading('8  The service is killed while they run');
  await until(signal, () => (script.heard.get('B')?.length ?? 0) >= 2);
  const before = await client.use(sessions).getActiveSessions();
  screen.text(`kill -9 ${service.child.pid}`, { indent: 2, style: 'bold' });
  service.child.kill('SIGKILL');
  await service.ended;
  script.letBAsk();
  screen.text('The agents work on. B asks whether it may run its next call; nobody answers, so it waits.', { indent: 2 });
  service = await here.service();
  services.push(service.child.pid);
  screen.text(`A new service has started (pid ${service.child.pid}) and takes them up.`, { indent: 2 });
  client = await follow(screen, here, cast, seen);
  const after = await client.use(sessions).listSessions();
  const survivors = before.map(({ sessionId, pid }) => ({
    before: pid,
    after: after.find((row) => row.sessionId === sessionId)?.pid ?? null,
  }));
  await until(signal, async () => (await client.use(pool).listSessions({ open: true })).length === 0);
  const rows = await client.use(pool).listSessions();
  await sessionTable(screen, here);
  await end(service, client);
  const notes = Object.fromEntries(TASKS.map(({ name }) => [name, textOf(join(here.project, 'notes', name))])) as Outcome['notes'];
  const ids = Object.fromEntries(TASKS.map(({ name }) => [name, cast.idOf(name)])) as Outcome['sessions'];
  return { rows, script, services, survivors, ...seen, sessions: ids, notes, migration: textOf(join(here.project, 'migration.log')) };
}

/** Tells what happens, as a client of the service. */
async function follow(screen: Screen, here: Place, cast: Cast, seen: Seen): Promise<Connection> {
  const client = await connect(here.state);
  client.lost.catch(() => undefined);
  const requests = client.use(pool);
  const tell = (sessionId: string, words: string): void =>
    cast.tell(sessionId, (name) => screen.text(`${name} ${words}`, { indent: 2, mark: '·' }));
  requests.on('session-allocated', ({ sessionId }) => {
    if (!seen.order.includes(sessionId)) seen.order.push(sessionId);
    void requests.getPoolStatus().then(
      ({ active }) => (seen.mostAtOnce = Math.max(seen.mostAtOnce, active)),
      () => undefined,
    );
    tell(sessionId, 'starts');
  });
  requests.on('session-recovering', ({ sessionId, mode, reason }) => tell(sessionId, `will go on (${mode}): ${reason}`));
  requests.on('request-ended', ({ sessionId, status }) => {
    seen.ends.push(sessionId);
    tell(sessionId, `ends: ${status.state}${status.result === null ? '' : `, “${status.result}”`}`);
  });
  return client;
}

async function submit(screen: Screen, here: Place, { name, priority, prompt }: Task, cast: Cast): Promise<void> {
  screen.text(`vp submit "${prompt}" --priority ${priority}`, { indent: 2, style: 'bold' });
  const { code, out, err } = await here.vp(['submit', prompt, '--cwd', here.project, '--priority', priority, '--json']);
  if (code !== 0) throw new Error(`vp submit ended with ${code}: ${err}`);
  cast.name((JSON.parse(out) as { sessionId: string }).sessionId, name);
}

async function sessionTable(screen: Screen, here: Place): Promise<void> {
  const { code, out, err } = await here.vp(['sessions']);
  if (code !== 0) throw new Error(`vp sessions ended with ${code}: ${err}`);
  screen.line();
  screen.text('vp sessions', { indent: 2, style: 'bold' });
  for (const line of out.trimEnd().split('\n')) screen.line(`  ${line}`);
}

async function rowOf(client: Connection, sessionId: string): Promise<PoolRow> {
  const row = await client.use(pool).getSession(sessionId);
  if (row === null) throw new Error(`the session ${sessionId} is gone`);
  return row;
}

async function until(signal: AbortSignal, fits: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await fits())) {
    signal.throwIfAborted();
    await new Promise((resolve) => setTimeout(resolve, 30));
  }
}

async function end(service: Running, client: Connection): Promise<void> {
  await client.close();
  service.child.kill('SIGTERM');
  await service.ended;
}

function textOf(path: string): string {
  return existsSync(path) ? readFileSync(path, 'utf8') : '';
}
