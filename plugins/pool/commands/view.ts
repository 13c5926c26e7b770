/** What a person is shown of a session: text as it comes, each tool call with its verdict, and how it ended. Pure. */
import { styleText } from 'node:util';
import type { AgentEvent, PoolEvents, SessionRow, VerdictEvent } from '@vp/sdk';
import { span } from './words.ts';

type Style = Parameters<typeof styleText>[0];

const OUTPUT_LINES = 6;
const WIDTH = 120;
const MARKS: Readonly<Record<string, readonly [string, Style]>> = {
  completed: ['✔', 'green'],
  failed: ['✘', 'red'],
  crashed: ['✘', 'red'],
  timeout: ['◷', 'yellow'],
  terminated: ['■', 'yellow'],
};

/** Makes lines; with colours where the output is a terminal. */
export class View {
  readonly #colours: boolean;
  /** Calls that have not been shown yet. */
  readonly #calls = new Map<string, { readonly tool: string; readonly input: Readonly<Record<string, unknown>> }>();
  readonly #allowed = new Set<string>();

  constructor(colours: boolean) {
    this.#colours = colours;
  }

  queued(position: number, estimatedWaitMs: number | null): string[] {
    if (position === 0) return [];
    const wait = estimatedWaitMs === null ? '' : `, for about ${span(estimatedWaitMs)}`;
    return [this.#paint('dim', `… waits at place ${position}${wait}`)];
  }

  recovering({ attempt, mode, reason, notBefore }: PoolEvents['session-recovering']): string[] {
    const waitMs = Date.parse(notBefore) - Date.now();
    const when = waitMs < 1_000 ? 'now' : `in ${span(waitMs)}`;
    const how = mode === 'resume' ? 'goes on where it stopped' : 'begins anew';
    return ['', this.#paint('yellow', `↻ attempt ${attempt} ${how} ${when}: ${reason}`)];
  }

  started(row: SessionRow): string[] {
    return [this.#paint('dim', `▶ session ${row.sessionId} · ${row.orchestrator} · ${row.cwd}${row.governed ? '' : ' · not governed'}`)];
  }

  event(event: AgentEvent): string[] {
    const indent = event.parentToolUseId === undefined ? '' : '  ';
    switch (event.type) {
      case 'text':
        return ['', ...lines(event.text ?? '').map((line) => indent + line)];
      case 'tool-call':
        this.#calls.set(event.toolUseId ?? '', { tool: event.tool ?? '', input: event.input ?? {} });
        return [];
      case 'tool-result':
        return this.#toolResult(event).map((line) => indent + line);
      case 'retry':
        return [
          this.#paint(
            'yellow',
            `  ! the API answered ${event.status ?? 'nothing'} (${event.error ?? 'unknown'}); attempt ${event.attempt ?? '?'} of ${event.maxRetries ?? '?'}`,
          ),
        ];
      case 'lost':
        return [this.#paint('yellow', `  ! ${event.text ?? 'events were lost'}`)];
      case 'stderr':
        return [this.#paint('dim', `  ${event.text ?? ''}`)];
      case 'ready':
      case 'thinking':
      case 'rate-limit':
      case 'usage':
      case 'result':
      case 'status':
      case 'other':
        return [];
      default:
        return never(event.type);
    }
  }

  verdict({ toolUseId, tool, input, verdict, rule, reason, findings }: VerdictEvent): string[] {
    this.#calls.delete(toolUseId);
    const call = `${this.#paint('bold', tool)}  ${summary(input)}`;
    if (verdict === 'allow') {
      this.#allowed.add(toolUseId);
      return [`  ${this.#paint('green', '✓')} ${call}`];
    }
    const plugin = findings.find((finding) => (finding.rule ?? finding.plugin) === rule)?.plugin;
    const by = rule === null || rule === plugin || plugin === undefined ? (rule ?? 'the gate') : `${rule} of ${plugin}`;
    return [`  ${this.#paint('red', '✗')} ${call}`, `    ${this.#paint('red', `denied by ${by}: ${reason ?? ''}`)}`];
  }

  ended(row: SessionRow): string[] {
    const [mark, style] = MARKS[row.state] ?? ['•', 'white'];
    const { usage } = row;
    const tokens = `${count(usage.inputTokens + usage.cacheReadTokens + usage.cacheCreationTokens)} tokens in, ${count(usage.outputTokens)} out`;
    const cost = row.costUsd === null ? [] : [`$${row.costUsd.toFixed(4)}`];
    const denials = row.metrics.denials === 0 ? [] : [`${row.metrics.denials} denied`];
    const parts = [`${(row.metrics.executionTime / 1_000).toFixed(1)} s`, tokens, ...cost, ...denials];
    const head = `${this.#paint(style, `${mark} ${row.state}`)} ${this.#paint('dim', `· ${parts.join(' · ')}`)}`;
    return ['', head, ...(row.reason === null ? [] : [`  ${row.reason}`])];
  }

  /** The first lines of what a call gave. A call that was never judged was refused by the agent itself. */
  #toolResult(event: AgentEvent): string[] {
    const id = event.toolUseId ?? '';
    const unjudged = this.#calls.get(id);
    this.#calls.delete(id);
    const text = lines((event.text ?? '').trim());
    if (unjudged !== undefined) return [`  ${this.#paint('dim', `· ${unjudged.tool}  ${summary(unjudged.input)}: ${text[0] ?? ''}`)}`];
    if (!this.#allowed.delete(id) || (text.length === 1 && text[0] === '')) return [];
    const shown = text.slice(0, OUTPUT_LINES).map((line) => `    ${this.#paint(event.isError === true ? 'red' : 'dim', `│ ${cut(line)}`)}`);
    const more = text.length - shown.length;
    return more > 0 ? [...shown, `    ${this.#paint('dim', `│ … ${more} more lines`)}`] : shown;
  }

  #paint(style: Style, text: string): string {
    return this.#colours ? styleText(style, text, { validateStream: false }) : text;
  }
}

/** The part of a tool's input that says most. */
function summary(input: Readonly<Record<string, unknown>>): string {
  const told =
    input['command'] ??
    input['file_path'] ??
    input['path'] ??
    input['pattern'] ??
    input['url'] ??
    input['prompt'] ??
    input['notebook_path'];
  return cut(typeof told === 'string' ? told : JSON.stringify(input));
}

function cut(text: string): string {
  const line = text.replaceAll(/\s*\n\s*/g, ' ↵ ');
  return line.length > WIDTH ? `${line.slice(0, WIDTH - 1)}…` : line;
}

/** Lines without what could move the cursor of a terminal. */
function lines(text: string): string[] {
  return text
    .replaceAll(/\x1b\[[0-9;?]*[A-Za-z]/g, '')
    .replaceAll(/[\x00-\x08\x0b-\x1f\x7f]/g, '')
    .split('\n');
}

function count(tokens: number): string {
  return tokens.toLocaleString('en-US');
}

function never(value: never): never {
  throw new TypeError(`not an event: ${String(value)}`);
}
