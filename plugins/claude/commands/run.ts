/** `vp run PROMPT`: one session in the foreground. */
import { resolve } from 'node:path';
import { text } from 'node:stream/consumers';
import { sessions, type Command, type CommandContext, type SessionConfig, type SessionRow } from '@vp/sdk';
import { follow, type Told } from './follow.ts';
import { View } from './view.ts';

/** Refusals that are somebody's decision. */
const REFUSED: ReadonlySet<string> = new Set(['VP_SPAWN_REFUSED', 'VP_UNGOVERNED', 'VP_SESSION_LIMIT']);

const run: Command = async (context) => {
  const config = await configOf(context);
  if (config === undefined) return 2;
  const service = context.use(sessions);
  const tell = context.json ? jsonTeller(context) : viewTeller(context);
  try {
    const row = await follow(service, config, context.signal, tell);
    return exitCode(row, context.signal.aborted);
  } catch (error) {
    if (!isRefusal(error)) throw error;
    const { code, message, hint } = error;
    context.warn(
      context.json
        ? JSON.stringify({ error: { code, message, ...(hint === undefined ? {} : { hint }) } })
        : [message, hint].filter(Boolean).join('\n'),
    );
    return 4;
  }
};

export default run;

/** The request; undefined, and said why, where it cannot be understood. */
async function configOf(context: CommandContext): Promise<SessionConfig | undefined> {
  const { args, options, cwd, tty } = context;
  const seconds = options['timeout'] === undefined ? undefined : Number(options['timeout']);
  if (seconds !== undefined && !(seconds > 0))
    return wrong(context, `--timeout ${String(options['timeout'])}: give a number of seconds above 0`);
  const prompt = args[0] === '-' ? await text(process.stdin) : args[0];
  if (prompt === undefined || prompt.trim() === '') return wrong(context, 'What is the agent to do? Write: vp run "PROMPT"');
  const charter = options['charter'];
  const priority = options['priority'] as SessionConfig['priority'];
  return {
    workingDirectory: resolve(cwd, typeof options['cwd'] === 'string' ? options['cwd'] : '.'),
    prompt,
    attended: tty && options['unattended'] !== true,
    ...(typeof charter === 'string' ? { charter: resolve(cwd, charter) } : {}),
    ...(priority === undefined ? {} : { priority }),
    ...(seconds === undefined ? {} : { timeout: seconds * 1_000 }),
  };
}

function wrong(context: CommandContext, message: string): undefined {
  context.warn(context.json ? JSON.stringify({ error: { code: 'VP_USAGE', message } }) : message);
}

function exitCode(row: SessionRow, interrupted: boolean): number {
  if (interrupted) return 130;
  switch (row.state) {
    case 'completed':
      return 0;
    case 'timeout':
      return 124;
    default:
      return 1;
  }
}

/** One JSON object a line. */
function jsonTeller(context: CommandContext): (told: Told) => void {
  let seq = 0;
  return (told) => {
    const { type, sessionId, ...rest } = flat(told);
    context.print(JSON.stringify({ type, seq, at: new Date().toISOString(), sessionId, ...rest }));
    seq += 1;
  };
}

function flat(told: Told): Readonly<Record<string, unknown>> {
  switch (told.type) {
    case 'session-ended': {
      const { state, result, usage, costUsd, exitCode: code, signal, reason } = told.status;
      return { type: told.type, sessionId: told.sessionId, state, result, usage, costUsd, exitCode: code, signal, reason };
    }
    default:
      return { ...told };
  }
}

function viewTeller(context: CommandContext): (told: Told) => void {
  const view = new View(context.tty && !context.env['NO_COLOR']);
  return (told) => {
    for (const line of linesOf(view, told)) context.print(line);
  };
}

function linesOf(view: View, told: Told): string[] {
  switch (told.type) {
    case 'session-spawned':
      return view.started(told.row);
    case 'session-output':
      return told.events.flatMap((event) => view.event(event));
    case 'verdict':
      return view.verdict(told);
    case 'session-ended':
      return view.ended(told.status);
    case 'request-queued':
    case 'session-state':
      return [];
    default:
      return never(told);
  }
}

/** By code, since an error that came over the socket is of no class. */
function isRefusal(error: unknown): error is Error & { code: string; hint?: string } {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' && REFUSED.has(error.code);
}

function never(value: never): never {
  throw new TypeError(`not told: ${JSON.stringify(value)}`);
}
