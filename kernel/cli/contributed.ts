/** Commands of first-party plugins: listed in `first-party.json`, loaded when they are run. */
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Command as Listed } from '@vp/schemas';
import { sessions, type Checks, type Command, type CommandContext } from '@vp/sdk';
import { kernelError } from '../core/errors.ts';
import { locate } from '../loader/resolve.ts';
import { packageRoot } from '../service/version.ts';
import type { Invocation } from './invocation.ts';

/** A command and the plugin that adds it. */
export type ContributedCommand = Listed & { readonly plugin: string };

/** A plugin of this installation. */
export interface FirstParty {
  readonly name: string;
  readonly commands: readonly ContributedCommand[];
  readonly checks?: string;
}

/** The plugins of this installation. */
export function firstParty(): FirstParty[] {
  const text = readFileSync(join(packageRoot, 'first-party.json'), 'utf8');
  const { plugins } = JSON.parse(text) as { plugins: { name: string; commands: Listed[]; checks?: string }[] };
  return plugins.map((plugin) => ({ ...plugin, commands: plugin.commands.map((command) => ({ ...command, plugin: plugin.name })) }));
}

/** The checks of a plugin, for `vp doctor`. */
export async function loadChecks(plugin: FirstParty): Promise<Checks | undefined> {
  return plugin.checks === undefined ? undefined : ((await importFrom(plugin.name, plugin.checks)) as { default: Checks }).default;
}

/** Runs a command of a plugin, against a kernel where it asks for one. */
export async function runContributed(command: ContributedCommand, invocation: Invocation): Promise<number> {
  const { default: run } = (await importFrom(command.plugin, command.module)) as { default: Command };
  const abort = new AbortController();
  const leave = new AbortController();
  const interrupt = (): void => abort.abort();
  const stop = (): void => {
    abort.abort();
    leave.abort();
  };
  // A second SIGINT finds no handler any more and ends the process at once.
  process.once('SIGINT', interrupt);
  process.once('SIGTERM', stop);
  // Who reads the output may go away, as `| head` does: then the command ends as if it had been interrupted.
  process.stdout.on('error', interrupt);
  process.stderr.on('error', interrupt);
  try {
    if (command.kernel !== 'join') return await run(contextOf(invocation, abort.signal, noKernel));
    const { join: joinKernel } = await import('./join.ts');
    const joined = await joinKernel(process.cwd(), process.env, stop);
    try {
      const code = await Promise.race([run(contextOf(invocation, abort.signal, joined.use)), joined.lost]);
      await joined.untilIdle(sessions, leave.signal, (others) => {
        if (!invocation.json)
          process.stderr.write(`vp: staying for ${others} session${others === 1 ? '' : 's'} of other commands; Ctrl-C leaves them\n`);
      });
      return code;
    } finally {
      await joined.leave();
    }
  } finally {
    process.off('SIGINT', interrupt);
    process.off('SIGTERM', stop);
  }
}

function contextOf({ args, options, json }: Invocation, signal: AbortSignal, use: CommandContext['use']): CommandContext {
  return {
    args,
    options,
    json,
    tty: process.stdout.isTTY,
    cwd: process.cwd(),
    env: process.env,
    signal,
    print: (line) => void process.stdout.write(`${line}\n`),
    warn: (line) => void process.stderr.write(`${line}\n`),
    use,
  };
}

const noKernel: CommandContext['use'] = () => {
  throw kernelError('VP_NOT_RUNNING', {}, { hint: 'The command must say `"kernel": "join"` in its manifest.' });
};

function importFrom(plugin: string, module: string): Promise<unknown> {
  const { manifestFile = '' } = locate(plugin, packageRoot);
  return import(pathToFileURL(join(dirname(manifestFile), module)).href);
}
