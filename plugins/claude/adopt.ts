/** Takes up what an earlier kernel left: sessions that live go on, those that ended meanwhile are settled. Nothing is started anew. */
import { existsSync, readdirSync, statSync } from 'node:fs';
import type { Environment } from './environment.ts';
import { FORMAT, folderOf, readJson, readText, sessionsRoot, type SessionFolder } from './folder.ts';
import { readProcess, type ProcessName } from './holder.ts';
import { isObject, objectIn } from './json.ts';
import { isEnded, newJournal, type Held, type Journal, type StoredSpec } from './registry.ts';
import { spooled } from './spool.ts';
import { begin } from './state.ts';

/** All sessions with a folder of a format that this version knows. */
export function findSessions(home: string, env: Environment): Held[] {
  const root = sessionsRoot(home);
  if (!existsSync(root)) return [];
  return readdirSync(root).flatMap((id) => {
    try {
      const held = env.registry.sessions.has(id) ? undefined : heldOf(home, id, env);
      return held === undefined ? [] : [held];
    } catch (error) {
      env.ctx.log.warn({ error, session: id }, 'a session folder could not be read and was left alone');
      return [];
    }
  });
}

function heldOf(home: string, id: string, env: Environment): Held | undefined {
  const folder = folderOf(home, id);
  const format = Number(readText(folder.format));
  if (format !== FORMAT) {
    env.ctx.log.warn({ session: id, format }, `a session folder of another format was left alone; this kernel knows format ${FORMAT}`);
    return undefined;
  }
  const spec = readJson(folder.spec) as StoredSpec | undefined;
  if (spec === undefined || spec.id !== id) return undefined;
  const journal: Journal = { ...newJournal(), ...readJson(folder.state) };
  const agent = readProcess(folder.pid);
  const sameBoot = spec.boot === env.platform.bootId();
  const said = isEnded(journal.state) ? undefined : whatWasSaid(folder);
  return {
    id,
    folder,
    spec,
    journal,
    progress: begin(),
    adopted: true,
    pid: agent?.pid ?? null,
    // After a boot the number belongs to another process.
    pidStart: sameBoot ? (agent?.start ?? null) : 'an earlier boot',
    holder: sameBoot ? livingHolder(folder, env) : null,
    offset: 0,
    errOffset: 0,
    quietUntil: journal.offset,
    replayUntil: statSync(folder.out, { throwIfNoEntry: false })?.size ?? 0,
    pending: new Map(),
    answered: said?.answered ?? new Map(),
    denied: new Set(),
    unread: said?.unread ?? new Set(),
    backlog: [],
    nextMessage: said?.next ?? 1,
    requests: new Map(),
    ended: Promise.withResolvers(),
    announced: false,
    owner: null,
  };
}

/** A holder that has ended is not named: by now its number may be another's. */
function livingHolder(folder: SessionFolder, env: Environment): ProcessName | null {
  const holder = readProcess(folder.holder);
  return holder !== undefined && env.platform.look(holder.pid)?.start === holder.start ? holder : null;
}

interface Said {
  readonly next: number;
  readonly answered: Map<string, 'denied' | 'not denied'>;
  readonly unread: Set<string>;
}

/** The spool is the journal of what was said: answers that are in it are not given again. */
function whatWasSaid(folder: SessionFolder): Said {
  const said = { next: 1, answered: new Map<string, 'denied' | 'not denied'>(), unread: new Set<string>() };
  for (const { n, text } of spooled(folder)) {
    said.next = n + 1;
    const message = messageOf(text);
    const response = objectIn(message, 'response');
    const uuid = message['uuid'];
    if (message['type'] === 'user' && typeof uuid === 'string') said.unread.add(uuid);
    if (typeof response['request_id'] === 'string')
      said.answered.set(response['request_id'], isDenial(objectIn(response, 'response')) ? 'denied' : 'not denied');
  }
  return said;
}

function isDenial(answer: Readonly<Record<string, unknown>>): boolean {
  return answer['behavior'] === 'deny' || objectIn(answer, 'hookSpecificOutput')['permissionDecision'] === 'deny';
}

function messageOf(text: string): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(text);
    return isObject(value) ? value : {};
  } catch {
    // A session of a plain command: its input is no JSON.
    return {};
  }
}
