/** Makes what is known of a session that runs. */
import type { SessionFolder } from '../holder/folder.ts';
import { readProcess, type ProcessName } from '../holder/holder.ts';
import type { Held, Journal, StoredSpec } from './registry.ts';
import type { Progress } from './state.ts';

/** An attempt that has just begun. */
export interface Begun {
  readonly agent: ProcessName;
  readonly progress: Progress;
  readonly offset: number;
  readonly errOffset: number;
  /** Number of the first message that is said after the opening. */
  readonly nextMessage: number;
}

/** An attempt that this kernel has started. */
export function newHeld(folder: SessionFolder, spec: StoredSpec, journal: Journal, begun: Begun): Held {
  const { agent, progress, offset, errOffset, nextMessage } = begun;
  return {
    ...bareHeld(folder, spec, { ...journal, before: null }),
    progress,
    pid: agent.pid,
    pidStart: agent.start,
    holder: readProcess(folder.holder) ?? null,
    offset,
    errOffset,
    quietUntil: offset,
    replayUntil: offset,
    errQuietUntil: errOffset,
    errReplayUntil: errOffset,
    nextMessage,
  };
}

/** A session of which nothing has been read yet. */
export function bareHeld(folder: SessionFolder, spec: StoredSpec, journal: Journal): Omit<Held, 'progress'> {
  return {
    id: spec.id,
    folder,
    spec,
    journal,
    adopted: false,
    pid: null,
    pidStart: null,
    holder: null,
    offset: 0,
    errOffset: 0,
    quietUntil: 0,
    replayUntil: 0,
    errQuietUntil: 0,
    errReplayUntil: 0,
    pending: new Map(),
    answered: new Map(),
    denied: new Set(),
    unread: new Set(),
    nextMessage: 1,
    requests: new Map(),
    ended: Promise.withResolvers(),
    agreed: false,
    paused: null,
    announced: false,
    owner: null,
    bytes: null,
  };
}

/** Of an ended session only what rows and a further attempt need stays in memory; the rest is on disk. */
export function slim(held: Held): void {
  const { spec, journal, progress } = held;
  Object.assign(spec, { prompt: '', config: { workingDirectory: spec.cwd, prompt: '' } });
  Object.assign(journal, { checkpoint: null, crash: null, before: null });
  for (const known of [held.pending, held.denied, held.unread]) known.clear();
  Object.assign(progress, { calls: {}, allowed: {}, modified: [], lastEvents: [], recentOutput: '', stderrTail: '' });
}
