/** `vp session show ID`: all that is known of one session. */
import { pool, type Command, type PoolRow } from '@vp/sdk';
import { findRow } from './find.ts';
import { short } from './words.ts';

const LINE = 160;

const show: Command = async (context) => {
  const { args, json } = context;
  const row = await findRow(context.use(pool), args[0]);
  if (json) context.print(JSON.stringify(row));
  else for (const line of linesOf(row)) context.print(line);
  return 0;
};

export default show;

function linesOf(row: PoolRow): string[] {
  const { usage, metrics, error, recentOutput, ...rest } = row;
  const fields: [string, unknown][] = [
    ...Object.entries(rest),
    ['tokens', `${usage.inputTokens + usage.cacheReadTokens + usage.cacheCreationTokens} in, ${usage.outputTokens} out`],
    ['turns', metrics.turns],
    ['error', error === null ? null : [error.code, error.message, error.hint].filter(Boolean).join(' · ')],
  ];
  const given = fields.filter(([, value]) => value !== null);
  const width = Math.max(...given.map(([name]) => name.length));
  const output =
    recentOutput.trim() === ''
      ? []
      : [
          '',
          ...recentOutput
            .trimEnd()
            .split('\n')
            .map((line) => short(line, LINE)),
        ];
  return [...given.map(([name, value]) => `${name.padEnd(width)}  ${short(String(value), LINE)}`), ...output];
}
