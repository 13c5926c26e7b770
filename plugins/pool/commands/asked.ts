/** What `vp run` and `vp submit` are asked for. */
import { resolve } from 'node:path';
import { text } from 'node:stream/consumers';
import { defineErrors, VpError, type CommandContext, type PooledSessionRequest, type SessionConfig } from '@vp/sdk';
import { numberOf } from './words.ts';

const MS_PER_SECOND = 1_000;

export const usage = defineErrors({
  VP_USAGE: { message: '{what}', hint: '{hint}' },
});

/** The request. @throws VP_USAGE where it cannot be understood */
export async function requestOf(context: CommandContext, command: string): Promise<PooledSessionRequest> {
  const { args, options } = context;
  const prompt = args[0] === '-' ? await text(process.stdin) : args[0];
  if (prompt === undefined || prompt.trim() === '')
    throw usage('VP_USAGE', { what: 'What is the agent to do?', hint: `Write: vp ${command} "PROMPT"` });
  const key = options['key'];
  return { config: configOf(context, prompt), ...(typeof key === 'string' ? { idempotencyKey: key } : {}) };
}

function configOf({ options, cwd, tty }: CommandContext, prompt: string): SessionConfig {
  const seconds = checked(() => numberOf(options, 'timeout'));
  const charter = options['charter'];
  const priority = options['priority'] as SessionConfig['priority'];
  return {
    workingDirectory: resolve(cwd, typeof options['cwd'] === 'string' ? options['cwd'] : '.'),
    prompt,
    attended: tty && options['unattended'] !== true,
    ...(typeof charter === 'string' ? { charter: resolve(cwd, charter) } : {}),
    ...(priority === undefined ? {} : { priority }),
    ...(seconds === undefined ? {} : { timeout: seconds * MS_PER_SECOND }),
  };
}

/** Gives what `read` gives. @throws VP_USAGE where an option is wrong */
export function checked<T>(read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (error instanceof RangeError) throw new VpError('VP_USAGE', error.message);
    throw error;
  }
}
