/** Takes up what an earlier kernel left: sessions that live go on, those that ended meanwhile are settled. Nothing is started anew. */
import { existsSync, readdirSync, rmSync } from 'node:fs';
import { newest } from '../state/attempts.ts';
import type { Environment } from '../environment.ts';
import { hasBegun } from '../holder/begun.ts';
import {
  endOfLines,
  folderOf,
  FORMAT,
  FORMATS,
  isSessionId,
  sessionsRoot,
  sizeOf,
  writeWhole,
  type SessionFolder,
} from '../holder/folder.ts';
import { bareHeld } from '../state/held.ts';
import { readProcess, type ProcessName } from '../holder/holder.ts';
import { keepAnswer } from '../gate/questions.ts';
import { isEnded, type Held, type Journal } from '../state/registry.ts';
import { whatWasSaid } from './said.ts';
import { begin } from '../state/state.ts';
import { formatOf, readStored, type Stored } from '../state/stored.ts';

/** Names of the folders that hold sessions which are not known yet. */
export function findSessions(home: string, { registry }: Environment): string[] {
  const root = sessionsRoot(home);
  if (!existsSync(root)) return [];
  return readdirSync(root).filter((id) => !id.startsWith('.') && !registry.sessions.has(id) && !registry.starting.has(id));
}

/** Reads one folder; undefined where there is no session in it that could go on or be told of. */
export function findSession(home: string, id: string, env: Environment): Held | undefined {
  try {
    return heldOf(folderOf(home, id), id, env);
  } catch (error) {
    env.ctx.log.warn({ error, session: id }, 'a session folder could not be read and was left alone');
    return undefined;
  }
}

function heldOf(folder: SessionFolder, id: string, env: Environment): Held | undefined {
  const format = formatOf(folder);
  if (!Number.isNaN(format) && !FORMATS.has(format)) {
    env.ctx.log.warn(
      { session: id, format },
      `a session folder of another format was left alone; this kernel knows up to format ${FORMAT}`,
    );
    return undefined;
  }
  const stored = readStored(folder);
  if (stored === undefined) return neverWritten(folder, id, env);
  if (stored.spec.id !== id) return undefined;
  if (isEnded(stored.journal.state)) return endedOf(folder, stored);
  if (hasBegun(folder)) return liveOf(folder, stored, env);
  return neverBegan(folder, stored, env);
}

/** The folder is written before the holder is started: what is not whole was never started, unless the files were harmed later. */
function neverWritten(folder: SessionFolder, id: string, env: Environment): undefined {
  const isOurs = isNew(folder, id) || (FORMATS.has(formatOf(folder)) && (!existsSync(folder.state) || !existsSync(folder.spec)));
  if (!isOurs || hasBegun(folder)) {
    env.ctx.log.warn({ session: id, folder: folder.root }, 'a session folder could not be read and was left alone; see `vp doctor`');
    return;
  }
  rmSync(folder.root, { recursive: true, force: true });
  env.ctx.log.info({ session: id }, 'removed what was left of a session that never began');
}

/** The very first step had not been done. */
function isNew(folder: SessionFolder, id: string): boolean {
  return isSessionId(id) && !existsSync(folder.format) && !existsSync(folder.spec);
}

/** Of a first attempt nothing is left; a further one leaves its session as it was. */
function neverBegan(folder: SessionFolder, { spec, journal }: Stored, env: Environment): Held | undefined {
  const { n } = newest(journal.attempts);
  env.ctx.log.info({ session: spec.id, attempt: n }, 'an attempt that an earlier kernel was about to start never began');
  if (journal.before === null) {
    rmSync(folder.root, { recursive: true, force: true });
    return undefined;
  }
  writeWhole(folder.state, JSON.stringify(journal.before));
  rmSync(folder.spool, { recursive: true, force: true });
  return endedOf(folder, { spec, journal: journal.before });
}

function endedOf(folder: SessionFolder, { spec, journal }: Stored): Held {
  return { ...bareHeld(folder, spec, journal), progress: begin(), adopted: true };
}

function liveOf(folder: SessionFolder, { spec, journal: stored }: Stored, env: Environment): Held {
  const journal: Journal = { ...stored, before: null };
  const { checkpoint } = journal;
  const attempt = newest(journal.attempts);
  const agent = readProcess(folder.pid);
  const sameBoot = attempt.boot === env.boot;
  const said = whatWasSaid(folder, checkpoint, attempt);
  const held: Held = {
    ...bareHeld(folder, spec, journal),
    progress: checkpoint === null ? begin() : structuredClone(checkpoint.progress),
    adopted: true,
    pid: agent?.pid ?? null,
    // After a boot the number belongs to another process.
    pidStart: sameBoot ? (agent?.start ?? null) : 'an earlier boot',
    holder: sameBoot ? livingHolder(folder, env) : null,
    offset: checkpoint?.offset ?? 0,
    errOffset: checkpoint?.errOffset ?? 0,
    quietUntil: journal.offset,
    replayUntil: endOfLines(folder.out),
    errQuietUntil: journal.errOffset,
    errReplayUntil: sizeOf(folder.err),
    answered: said.answered,
    denied: new Set(checkpoint?.denied),
    unread: said.unread,
    nextMessage: said.next,
  };
  for (const question of checkpoint?.pending ?? []) {
    const answer = said.answered.get(question.requestId);
    if (answer === undefined) held.pending.set(question.requestId, question);
    else keepAnswer(held, question, answer);
  }
  if (said.last !== null) journal.said = { first: journal.said.first ?? said.first, last: said.last };
  return held;
}

/** A holder that has ended is not named: by now its number may be another's. */
function livingHolder(folder: SessionFolder, env: Environment): ProcessName | null {
  const holder = readProcess(folder.holder);
  return holder !== undefined && env.platform.look(holder.pid)?.start === holder.start ? holder : null;
}
