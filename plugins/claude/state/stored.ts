/** Reads what a session folder says of its session, also where an earlier version of VP wrote it. */
import type { SessionConfig } from '@vp/sdk';
import type { Moment } from './clock.ts';
import { FORMATS, readJson, readText, type SessionFolder } from '../holder/folder.ts';
import { newJournal, type Journal, type StoredSpec } from './registry.ts';
import { begin } from './state.ts';

/** What is on disk. */
export interface Stored {
  readonly spec: StoredSpec;
  readonly journal: Journal;
}

/** The number in the file `format`; NaN where there is none. */
export function formatOf(folder: SessionFolder): number {
  return Number.parseInt(readText(folder.format) ?? '', 10);
}

/** Undefined where the folder is of no known format, or not all of it was written. */
export function readStored(folder: SessionFolder): Stored | undefined {
  if (!FORMATS.has(formatOf(folder))) return undefined;
  const spec = readJson(folder.spec) as StoredSpec | undefined;
  const state = readJson(folder.state) as Partial<Journal> | undefined;
  if (spec === undefined || state === undefined) return undefined;
  const journal: Journal = { ...newJournal(), ...state };
  return journal.attempts.length > 0 ? { spec, journal } : fromFormat1(spec, journal);
}

/** In format 1 there was one attempt, and less was known of it. */
type OldSpec = StoredSpec & { readonly boot?: string };

function fromFormat1(old: OldSpec, journal: Journal): Stored {
  const { boot = '', ...rest } = old;
  const config: SessionConfig = {
    workingDirectory: old.cwd,
    prompt: '',
    type: old.type,
    priority: old.priority,
    attended: old.attended,
    keepOpen: old.keepOpen,
    limits: old.limits,
    labels: Object.fromEntries(Object.entries(old.labels).filter((label): label is [string, string] => label[1] !== undefined)),
    ...(old.charterFile === undefined ? {} : { charter: old.charterFile }),
    ...(old.type === 'claude-code' ? {} : { command: old.argv }),
  };
  // When it was in this boot is not known: the wall clock tells the span.
  const started: Moment = { at: journal.startedAt ?? old.createdAt, up: 0, boot: '' };
  const ranMs = journal.endedAt === null ? null : Math.max(0, journal.endedAt - started.at);
  journal.attempts = [
    {
      n: 1,
      mode: 'first',
      outOffset: 0,
      errOffset: 0,
      started,
      conversation: journal.row?.agentSessionId ?? old.resume ?? old.id,
      base: null,
      oom: { machine: 0, group: 0 },
      note: null,
      ranMs,
      boot,
    },
  ];
  return { spec: { ...rest, config, requestId: null, configDir: null }, journal: withTotals(journal) };
}

/** A further attempt counts on from the row, since its output is not read again. */
function withTotals(journal: Journal): Journal {
  const { row } = journal;
  if (row === null) return journal;
  const { usage, costUsd, agentSessionId, recentOutput, metrics } = row;
  const { commandsExecuted, filesModified, errors, turns } = metrics;
  const totals = { agentSessionId, recentOutput, commandsExecuted, filesModified, errors, turns };
  const progress = { ...begin(), ...totals, attempt: 1, past: { usage, costUsd } };
  const { offset, errOffset } = journal;
  return { ...journal, checkpoint: { offset, errOffset, progress, pending: [], denied: [], unread: [], nextMessage: 1 } };
}
