/** What the agent is told when it goes on. Pure; never holds the first prompt, which the conversation has or VP says again. */
import type { CrashAnalysis, CrashType, SessionCrashReport } from '@vp/sdk';
import { redactDeep } from './redact.ts';

const INPUT_LENGTH = 160;
const MOST_CALLS = 10;

/** Why, in words for an agent: nothing that it might try to mend. */
const WHY: Readonly<Record<CrashType, string>> = {
  oom: 'the machine ran out of memory; use less of it, for instance by reading large files in parts',
  timeout: 'the API did not answer in time',
  segfault: 'the program that you run in broke down',
  network: 'the connection to the API was lost',
  permission: 'a permission was missing',
  rate_limit: 'a usage limit had to be waited for',
  overloaded: 'the API was overloaded',
  auth: 'the credentials were not accepted',
  billing: 'the account had no credit',
  context_overflow: 'the conversation had filled the context of the model',
  limit_reached: 'a limit of the session was reached',
  config: 'its settings were wrong',
  resume_failed: 'the earlier conversation could not be taken up',
  killed: 'its process was ended from outside',
  unknown: 'of an unknown fault',
};

/** The note for the next attempt. */
export function noteFor(report: SessionCrashReport, { type }: CrashAnalysis, mode: 'resume' | 'anew'): string {
  return [`${begin(type, mode)}`, ...calls(report), 'Go on with the task.'].join('\n\n');
}

function begin(type: CrashType, mode: 'resume' | 'anew'): string {
  if (mode === 'resume') return `This session was interrupted: ${WHY[type]}. It now goes on where it stopped.`;
  const before = `An earlier attempt at this task was interrupted: ${WHY[type]}. Its conversation is not available.`;
  return `${before} What it did is in the working directory: look there first, and do not do finished work again.`;
}

function calls({ inFlight }: SessionCrashReport): string[] {
  if (inFlight.length === 0) return [];
  const rows = inFlight.slice(0, MOST_CALLS).map(({ tool, input }) => `- ${tool} ${short(input)}`);
  const more = inFlight.length > MOST_CALLS ? [`- and ${inFlight.length - MOST_CALLS} more`] : [];
  const head = 'These calls were running when it happened. Whether they took effect is not known: check before you do any of them again.';
  return [[head, ...rows, ...more].join('\n')];
}

function short(input: Readonly<Record<string, unknown>>): string {
  const clean = JSON.stringify(redactDeep(input));
  return clean.length > INPUT_LENGTH ? `${clean.slice(0, INPUT_LENGTH)}…` : clean;
}
