/** Starts attempts: the first of a session, and further ones of a session that has ended. */
import { randomUUID } from 'node:crypto';
import { existsSync, rmSync, writeFileSync } from 'node:fs';
import type { RestartPlan, SessionConfig } from '@vp/sdk';
import { newest, type Attempt } from '../state/attempts.ts';
import { momentOf } from '../state/clock.ts';
import type { Environment } from '../environment.ts';
import { errors } from '../errors.ts';
import { folderOf, isSessionId, makeFolder, putAway, sizeOf, writeWhole, type SessionFolder } from '../holder/folder.ts';
import { newHeld, type Begun } from '../state/held.ts';
import { startHolder, type ProcessName } from '../holder/holder.ts';
import { claudeSettings } from './launch.ts';
import { prepare, type Prepared, type SpawnTools } from './prepare.ts';
import { newJournal, type Held, type Journal, type StoredSpec } from '../state/registry.ts';
import { spool } from '../holder/spool.ts';
import { begin } from '../state/state.ts';
import { readStored } from '../state/stored.ts';
import { sweep } from '../holder/sweep.ts';
import { spentSoFar } from '../transcript/transcript-file.ts';

const NO_SPACE: ReadonlySet<string> = new Set(['ENOSPC', 'EDQUOT', 'EROFS']);

/** Starts a session. @throws what `prepare` throws, VP_SESSION_ID_TAKEN, VP_SPAWN_FAILED */
export async function spawn(tools: SpawnTools, config: SessionConfig): Promise<Held> {
  const { env } = tools;
  const { starting } = env.registry;
  const id = config.sessionId ?? randomUUID();
  const folder = folderOf(env.ctx.home, id);
  if (!isSessionId(id)) throw errors('VP_SESSION_ID_TAKEN', { id, why: 'it is no UUID in lower case' });
  if (starting.has(id) || existsSync(folder.root)) throw errors('VP_SESSION_ID_TAKEN', { id, why: 'a session has it already' });
  starting.add(id);
  try {
    const prepared = await prepare(tools, { id, config, mode: 'first', conversation: id, createdAt: null });
    const attempt = await attemptOf(env, prepared, { n: 1, mode: 'first', note: null }, folder);
    const kept = config.requestId !== undefined;
    const journal: Journal = { ...newJournal(), attempts: [attempt], startedAt: attempt.started.at, kept };
    try {
      makeFolder(folder);
      const agent = await start(tools, folder, prepared, journal);
      return newHeld(folder, prepared.spec, journal, { agent, progress: begin(), ...placeOf(tools, prepared, attempt) });
    } catch (error) {
      await sweep(env.platform, id, undefined, () => undefined);
      rmSync(folder.root, { recursive: true, force: true });
      throw failure(error);
    }
  } finally {
    starting.delete(id);
  }
}

/** Starts a further attempt of a session that has ended. @throws what `spawn` throws, VP_SESSION_RUNNING */
export async function respawn(tools: SpawnTools, id: string, plan: RestartPlan): Promise<Held> {
  const { env } = tools;
  const { starting } = env.registry;
  if (starting.has(id)) throw errors('VP_SESSION_RUNNING', { id });
  starting.add(id);
  try {
    const folder = folderOf(env.ctx.home, id);
    const { spec: old, journal: before } = readStored(folder) ?? {};
    if (old === undefined || before === undefined) throw errors('VP_SESSION_UNKNOWN', { id });
    const last = newest(before.attempts);
    const conversation = before.row?.agentSessionId ?? last.conversation;
    // A program without conversations can only begin anew.
    const mode = old.governed ? plan.mode : 'anew';
    const config = { ...old.config, prompt: old.config.prompt === '' ? old.prompt : old.config.prompt };
    const prepared = await prepare(tools, { id, config, mode, conversation, createdAt: old.createdAt });
    // Ended means that none was left. What somebody has started with the session's mark since then is none of the new attempt's.
    await sweep(env.platform, id, undefined, () => undefined);
    putAway(folder, last.n);
    const attempt = await attemptOf(env, prepared, { n: last.n + 1, mode, note: plan.note }, folder);
    const journal = nextJournal(before, attempt);
    try {
      makeFolder(folder);
      const agent = await start(tools, folder, prepared, journal);
      const progress = before.checkpoint?.progress ?? begin();
      return newHeld(folder, prepared.spec, journal, { agent, progress, ...placeOf(tools, prepared, attempt) });
    } catch (error) {
      await sweep(env.platform, id, undefined, () => undefined);
      writeWhole(folder.state, JSON.stringify(before));
      throw failure(error);
    }
  } finally {
    starting.delete(id);
  }
}

function placeOf({ env }: SpawnTools, { spec }: Prepared, { outOffset, errOffset }: Attempt): Omit<Begun, 'agent' | 'progress'> {
  return { offset: outOffset, errOffset, nextMessage: env.driverOf(spec.type).opening(spec).length + 1 };
}

/** No space is a fault that passes, and no fault of the request. */
function failure(error: unknown): Error {
  const { code = '' } = error as NodeJS.ErrnoException;
  if (NO_SPACE.has(code)) return errors('VP_DISK_LOW', { free: 0, reserve: 0 }, { cause: error });
  const why = error instanceof Error ? error.message : String(error);
  return errors('VP_SPAWN_FAILED', { why }, { cause: error });
}

async function attemptOf(
  env: Environment,
  { spec, conversation }: Prepared,
  plan: Pick<Attempt, 'n' | 'mode' | 'note'>,
  folder: SessionFolder,
): Promise<Attempt> {
  const resumes = plan.mode === 'resume' || (plan.mode === 'first' && spec.resume !== undefined);
  const base = resumes && spec.configDir !== null ? await spentSoFar(spec.configDir, spec.cwd, conversation) : null;
  const oom = env.platform.oomCount();
  return {
    ...plan,
    conversation,
    base,
    oom,
    outOffset: sizeOf(folder.out),
    errOffset: sizeOf(folder.err),
    started: momentOf(env.boot),
    boot: env.boot,
    ranMs: null,
  };
}

/** What is counted goes on; what belongs to one attempt begins anew. */
function nextJournal(before: Journal, attempt: Attempt): Journal {
  const { attempts, transitions, unlogged, startedAt, verdicts, said, checkpoint, kept } = before;
  return {
    ...newJournal(),
    attempts: [...attempts, attempt],
    transitions,
    unlogged,
    startedAt,
    verdicts,
    said: attempt.mode === 'anew' ? { first: null, last: null } : said,
    checkpoint,
    offset: attempt.outOffset,
    errOffset: attempt.errOffset,
    kept,
    before,
  };
}

/** Everything is on disk before the agent starts, so that a kernel that dies here leaves a session that the next one can take up. */
async function start(tools: SpawnTools, folder: SessionFolder, { spec, env }: Prepared, journal: Journal): Promise<ProcessName> {
  write(tools, folder, spec, journal);
  return startHolder({ folder, id: spec.id, argv: spec.argv, cwd: spec.cwd, env });
}

function write(tools: SpawnTools, folder: SessionFolder, spec: StoredSpec, journal: Journal): void {
  const { memory, projectContext } = spec.config;
  const instructions = tools.charters.instructions(spec.charter.id, {
    task: spec.prompt.slice(0, 20_000),
    cwd: spec.cwd,
    ...(memory === undefined ? {} : { memory }),
    ...(projectContext === undefined ? {} : { project: projectContext }),
  });
  writeFileSync(folder.instructions, instructions, { mode: 0o600 });
  writeFileSync(folder.settings, claudeSettings(spec.charter.charter.operational.trustProject), { mode: 0o600 });
  writeWhole(folder.spec, JSON.stringify(spec));
  // Before the spool: what is found in it belongs to the attempt that the journal names last.
  writeWhole(folder.state, JSON.stringify(journal));
  for (const [index, message] of tools.env.driverOf(spec.type).opening(spec).entries()) spool(folder, index + 1, message);
}
