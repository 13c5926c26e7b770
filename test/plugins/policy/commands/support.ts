/** Runs a command as `vp` does, with what it prints. */
import type { Command, CommandContext, ServiceRef } from '@vp/sdk';
import chartersOffline from '../../../../plugins/charter/offline.ts';

export interface Ran {
  readonly code: number;
  readonly out: readonly string[];
  readonly err: readonly string[];
}

/** `services` stand for those of a running kernel; charters are there anyway. */
export async function run(
  command: Command,
  args: readonly string[],
  { cwd = '/', services = {}, ...more }: Partial<CommandContext> & { services?: Readonly<Record<string, object>> } = {},
): Promise<Ran> {
  const out: string[] = [];
  const err: string[] = [];
  const known: Readonly<Record<string, object>> = { charters: chartersOffline({ env: {} }), ...services };
  const code = await command({
    args,
    cwd,
    options: {},
    json: false,
    tty: false,
    env: { HOME: '/home/agent' },
    signal: new AbortController().signal,
    print: (line) => void out.push(line),
    warn: (line) => void err.push(line),
    use: ((ref: ServiceRef) => known[ref.id]) as unknown as CommandContext['use'],
    ...more,
  });
  return { code, out, err };
}
