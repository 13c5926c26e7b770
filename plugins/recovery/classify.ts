/** From the report of an end to why it ended. Pure. */
import type { CrashAnalysis, SessionCrashReport } from '@vp/sdk';
import { redactText } from './redact.ts';
import type { Clue, Field } from './row.ts';
import { CRASHED, UNKNOWN } from './rows-crashed.ts';
import { FAILED } from './rows-failed.ts';

/** A row needs at least one clue as heavy as this. */
const TELLING = 0.5;
const UNKNOWN_CONFIDENCE = 0.2;
const MOST_SURE = 0.99;
const QUOTE_LENGTH = 200;
/** Behind these a reason repeats the agent's output, which may speak of anything. */
const LAST_WORDS = /^(the agent ended without a result|the program could not be run): [\s\S]*/;

type Seen = Readonly<Record<Field, string>>;

/** Names the kind of an end, and what speaks for it. */
export function classify(report: SessionCrashReport): CrashAnalysis {
  const seen = seenIn(report);
  for (const { clues, type, strategy, cause, fixes } of report.state === 'crashed' ? CRASHED : FAILED) {
    const found = clues.filter(({ field, is }) => is.test(seen[field]));
    if (!found.some(({ weight }) => weight >= TELLING)) continue;
    const doubt = found.reduce((left, { weight }) => left * (1 - weight), 1);
    const confidence = Math.min(MOST_SURE, Math.round((1 - doubt) * 100) / 100);
    const evidence = [...new Set(found.map((clue) => wordsOf(clue, seen)))];
    return { type, rootCause: cause, confidence, evidence, strategy, suggestedFixes: fixes };
  }
  const { type, strategy, cause, fixes } = UNKNOWN;
  return { type, rootCause: cause, confidence: UNKNOWN_CONFIDENCE, evidence: lastTraces(report), strategy, suggestedFixes: fixes };
}

/** Whether the attempt's last result was an error; what an agent says in a turn that went well is no clue. */
export function failedLast(report: SessionCrashReport): boolean {
  const last = report.lastEvents.findLast((event) => event.type === 'result');
  return last === undefined ? report.state === 'failed' && report.turns > 0 : last.isError === true;
}

function seenIn(report: SessionCrashReport): Seen {
  const said = failedLast(report) ? (report.result ?? '') : '';
  const reason = (report.reason ?? '').replace(LAST_WORDS, '$1');
  return {
    text: said === '' || said.startsWith(reason) ? said || reason : `${said}\n${reason}`,
    stderr: report.stderrTail,
    status: report.apiStatus === null ? '' : String(report.apiStatus),
    word: report.apiError ?? '',
    terminal: report.terminalReason ?? '',
    subtype: report.resultSubtype ?? '',
    signal: report.signal ?? '',
    oom: report.oomKills > 0 ? String(report.oomKills) : '',
    limit: report.rateLimit === null ? '' : (report.rateLimit.type ?? 'unnamed'),
  };
}

function wordsOf({ field, is }: Clue, seen: Seen): string {
  const value = seen[field];
  switch (field) {
    case 'text':
    case 'stderr':
      return `${field === 'text' ? 'it said' : 'on its standard error'}: ${quote(lineWith(value, is))}`;
    case 'status':
      return `the API answered with HTTP status ${value}`;
    case 'word':
      return `the agent names the error ${value}`;
    case 'terminal':
      return `the agent names as the end of its turn ${value}`;
    case 'subtype':
      return `the result is of the kind ${value}`;
    case 'signal':
      return `it was ended by ${value}`;
    case 'oom':
      return `while it ran, the operating system ended ${value} process(es) for want of memory`;
    case 'limit':
      return `the API says that a limit is used up: ${value}`;
    default:
      return never(field);
  }
}

function lineWith(value: string, is: RegExp): string {
  return value.split('\n').find((line) => is.test(line)) ?? value;
}

function lastTraces({ exitCode, reason, stderrTail }: SessionCrashReport): string[] {
  return [
    ...(exitCode === null ? [] : [`it ended with exit code ${exitCode}`]),
    ...(reason === null ? [] : [`it said: ${quote(reason)}`]),
    ...(stderrTail.trim() === '' ? [] : [`on its standard error: ${quote(stderrTail.trim().split('\n').at(-1) ?? '')}`]),
  ];
}

function quote(value: string): string {
  const line = redactText(value.trim());
  return line.length > QUOTE_LENGTH ? `${line.slice(0, QUOTE_LENGTH)}…` : line;
}

function never(value: never): never {
  throw new TypeError(`not handled: ${JSON.stringify(value)}`);
}
