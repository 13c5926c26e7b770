/** What `vp doctor` finds of sessions: those that wait for a kernel, and whatever has been left behind. Looks only. */
import { existsSync, lstatSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { CheckResult } from '@vp/sdk';
import { newest } from '../state/attempts.ts';
import { folderOf, FORMAT, FORMATS, readText, sessionsRoot, type SessionFolder } from '../holder/folder.ts';
import { readExit, readProcess } from '../holder/holder.ts';
import type { Platform } from '../platform/platform.ts';
import { isEnded } from '../state/registry.ts';
import { bytesIn } from './retention.ts';
import { isLive } from '../holder/spool.ts';
import { formatOf, readStored } from '../state/stored.ts';

/** Named in one result at most. */
const NAMED = 20;

/** What is in a session's folder, as far as it matters here. */
type Kind = 'ended' | 'running' | 'unsettled' | 'not begun' | 'unreadable' | 'foreign';

interface Found {
  readonly id: string;
  readonly kind: Kind;
}

/** All of it. */
export async function leftovers(home: string, platform: Platform): Promise<CheckResult[]> {
  const root = sessionsRoot(home);
  const found = existsSync(root) ? readdirSync(root).map((id): Found => ({ id, kind: kindOf(folderOf(home, id), id, platform) })) : [];
  const of = (kind: Kind): string[] => found.filter((one) => one.kind === kind).map(({ id }) => id);
  const bytes = await bytesIn(root);
  return [
    {
      name: 'sessions',
      state: 'ok',
      detail: `${of('running').length} running, ${of('ended').length} ended and kept, ${Math.ceil(bytes / 1e6)} MB`,
    },
    ...(kernelRuns(home, platform) ? [] : waiting(of('running'), of('unsettled'), of('not begun'))),
    ...unreadable(root, of('unreadable')),
    ...foreign(root, of('foreign')),
    ...orphans(found, platform),
  ];
}

function kindOf(folder: SessionFolder, id: string, platform: Platform): Kind {
  const format = formatOf(folder);
  if (!Number.isNaN(format) && !FORMATS.has(format)) return 'foreign';
  const stored = readStored(folder);
  if (stored === undefined || stored.spec.id !== id) return 'unreadable';
  if (isEnded(stored.journal.state)) return 'ended';
  if (newest(stored.journal.attempts).boot !== platform.bootId()) return 'unsettled';
  const agent = readProcess(folder.pid);
  const lives = agent !== undefined && platform.look(agent.pid)?.start === agent.start;
  if (lives || isLive(folder)) return 'running';
  return agent === undefined && readExit(folder) === undefined && !isFifo(folder.bell) ? 'not begun' : 'unsettled';
}

/** What the next kernel takes up by itself. */
function waiting(running: readonly string[], unsettled: readonly string[], notBegun: readonly string[]): CheckResult[] {
  const hint = 'Run `vp start`: it takes them up, answers what they ask and settles what has ended.';
  const one = (ids: readonly string[], what: string): CheckResult[] =>
    ids.length === 0 ? [] : [{ name: 'sessions', state: 'warning', detail: `${ids.length} ${what}: ${some(ids)}`, hint }];
  return [
    ...one(running, 'run on while no kernel does; their calls wait'),
    ...one(unsettled, 'ended while no kernel ran and are not settled'),
    ...one(notBegun, 'were about to start when the kernel ended and never began'),
  ];
}

function unreadable(root: string, ids: readonly string[]): CheckResult[] {
  if (ids.length === 0) return [];
  const hint = `No session can be taken up from them. Look into them and remove them: ${some(ids.map((id) => join(root, id)))}`;
  return [{ name: 'session folders', state: 'warning', detail: `${ids.length} cannot be read or are not whole`, hint }];
}

function foreign(root: string, ids: readonly string[]): CheckResult[] {
  if (ids.length === 0) return [];
  const hint = `Start the version of VP that wrote them, or remove them: ${some(ids.map((id) => join(root, id)))}`;
  return [
    {
      name: 'session folders',
      state: 'warning',
      detail: `${ids.length} are of a format above ${FORMAT}, which this version does not know`,
      hint,
    },
  ];
}

/** Processes with a session's mark whose session does not run. */
function orphans(found: readonly Found[], platform: Platform): CheckResult[] {
  const alive = new Set(found.filter(({ kind }) => kind === 'running' || kind === 'unsettled').map(({ id }) => id));
  const ended = new Set(found.filter(({ kind }) => kind === 'ended').map(({ id }) => id));
  const marked = platform.marked().filter(({ session }) => !alive.has(session));
  const ours = marked.filter(({ session }) => ended.has(session));
  const unknown = marked.filter(({ session }) => !ended.has(session));
  const result = (pids: readonly number[], detail: string, hint: string): CheckResult[] =>
    pids.length === 0 ? [] : [{ name: 'orphans', state: 'warning', detail: `${pids.length} processes ${detail}: ${some(pids)}`, hint }];
  const pidsOf = (list: typeof marked): number[] => list.map(({ pid }) => pid);
  return [
    ...result(
      pidsOf(ours),
      'of sessions that have ended',
      `Look at them with \`ps -fp ${some(pidsOf(ours), ',')}\`, then end them with \`kill\`.`,
    ),
    ...result(
      pidsOf(unknown),
      'with the mark of a session that is not in this state folder',
      'They are of another state folder (VP_HOME), or their session was removed: look at them with `ps -fp`, then end them with `kill`.',
    ),
  ];
}

/** By the kernel's lock: process id, start, boot. */
function kernelRuns(home: string, platform: Platform): boolean {
  const [pid, , boot] = (readText(join(home, 'kernel.pid')) ?? '').split('\n');
  return pid !== undefined && pid !== '' && boot === platform.bootId() && platform.look(Number(pid)) !== undefined;
}

function isFifo(path: string): boolean {
  return lstatSync(path, { throwIfNoEntry: false })?.isFIFO() === true;
}

function some(names: readonly (string | number)[], separator = ' '): string {
  const more = names.length - NAMED;
  return `${names.slice(0, NAMED).join(separator)}${more > 0 ? ` and ${more} more` : ''}`;
}
