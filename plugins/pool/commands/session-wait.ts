/** `vp session wait ID`: until the end of a request. Its exit code is that of `vp run`. */
import { pool, type Command, type CommandContext, type PoolRow } from '@vp/sdk';
import { checked } from './asked.ts';
import { findRow } from './find.ts';
import { isEnded } from '../request.ts';
import { exitCodeOf } from './outcome.ts';
import { flatEnd } from './told.ts';
import { View } from './view.ts';
import { numberOf, shortId } from './words.ts';

const MS_PER_SECOND = 1_000;

const wait: Command = async (context) => {
  const seconds = checked(() => numberOf(context.options, 'timeout'));
  const row = await untilEnd(context, seconds);
  if (row === 'interrupted') return 130;
  if (row === 'late') {
    context.warn(`It has not ended after ${seconds} s; it goes on.`);
    return 124;
  }
  if (context.json) context.print(JSON.stringify({ sessionId: row.sessionId, ...flatEnd(row) }));
  else for (const line of endLines(context, row)) context.print(line);
  return exitCodeOf(row);
};

export default wait;

async function untilEnd(context: CommandContext, seconds: number | undefined): Promise<PoolRow | 'late' | 'interrupted'> {
  const service = context.use(pool);
  const ended = Promise.withResolvers<PoolRow | 'late' | 'interrupted'>();
  const done = new Map<string, PoolRow>();
  let wanted: string | undefined;
  const undo = service.on('request-ended', ({ requestId, status }) => {
    if (wanted === undefined) done.set(requestId, status);
    else if (requestId === wanted) ended.resolve(status);
  });
  const timer = seconds === undefined ? undefined : setTimeout(() => ended.resolve('late'), seconds * MS_PER_SECOND);
  context.signal.addEventListener('abort', () => ended.resolve('interrupted'), { once: true });
  try {
    const row = await findRow(service, context.args[0]);
    const status = done.get(row.requestId) ?? row;
    wanted = row.requestId;
    done.clear();
    if (isEnded(status.state)) return status;
    return await ended.promise;
  } finally {
    clearTimeout(timer);
    undo();
  }
}

function endLines(context: CommandContext, row: PoolRow): string[] {
  const view = new View(context.tty && !context.env['NO_COLOR']);
  const [, ...lines] = view.ended(row);
  return [`${shortId(row.sessionId)} ${lines.join('\n')}`, ...(row.result === null ? [] : ['', row.result])];
}
