/** Commands of first-party plugins: listed in `first-party.json`, loaded when they are run. */
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Command as Listed } from '@vp/schemas';
import { serviceName, type Checks, type Command, type CommandContext, type Offline } from '@vp/sdk';
import { kernelError } from '../core/errors.ts';
import { locate } from '../loader/resolve.ts';
import { packageRoot } from '../service/version.ts';
import type { Invocation, JoinedCommand } from './invocation.ts';
import { locateAs, reloadPlugin } from './plugin-tools.ts';
import type { Joined } from './join.ts';

/** A command and the plugin that adds it. */
export type ContributedCommand = Listed & { readonly plugin: string };

/** A plugin of this installation. */
export interface FirstParty {
  readonly name: string;
  readonly commands: readonly ContributedCommand[];
  readonly checks?: string;
  /** Modules of services that it offers to commands without a kernel, by `id@major`. */
  readonly offline?: Readonly<Record<string, string>>;
}

/** The plugins of this installation. */
export function firstParty(): FirstParty[] {
  const text = readFileSync(join(packageRoot, 'first-party.json'), 'utf8');
  const { plugins } = JSON.parse(text) as { plugins: (Omit<FirstParty, 'commands'> & { commands: Listed[] })[] };
  return plugins.map((plugin) => ({ ...plugin, commands: plugin.commands.map((command) => ({ ...command, plugin: plugin.name })) }));
}

/** The checks of a plugin, for `vp doctor`. */
export async function loadChecks(plugin: FirstParty): Promise<Checks | undefined> {
  return plugin.checks === undefined ? undefined : ((await importFrom(plugin.name, plugin.checks)) as { default: Checks }).default;
}

/** Runs a command that was joined to the program; it works without a kernel. */
export async function runJoined(command: JoinedCommand, invocation: Invocation): Promise<number> {
  const abort = new AbortController();
  process.once('SIGINT', () => abort.abort());
  process.once('SIGTERM', () => abort.abort());
  const { default: run } = await command.load();
  const tools = {
    reload: (plugin: string) => reloadPlugin(plugin, process.env),
    locate: (use: string, from?: string) => locateAs(use, from, process.cwd()),
  };
  return run({ ...contextOf(invocation, abort.signal, withoutKernel), ...tools });
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
    const joined = await kernelFor(command, stop, invocation.extensions);
    if (joined === undefined) return await run(contextOf(invocation, abort.signal, withoutKernel));
    try {
      const code = await Promise.race([run(contextOf(invocation, abort.signal, joined.use)), joined.lost]);
      await joined.untilIdle(leave.signal, (others) => {
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

/** The kernel that a command asks for; undefined where it needs none. @throws VP_NOT_RUNNING and what `join` throws */
async function kernelFor(
  { kernel = 'none' }: ContributedCommand,
  onHangup: () => void,
  { runtime }: Invocation['extensions'],
): Promise<Joined | undefined> {
  if (kernel === 'none') return undefined;
  const { join: joinKernel, joinService } = await import('./join.ts');
  return kernel === 'running' ? joinService(process.env) : joinKernel(process.cwd(), process.env, onHangup, runtime);
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

/** For commands that need no kernel: services that a plugin of this installation offers without one, made at their first call. */
const withoutKernel: CommandContext['use'] = (ref) => {
  const name = serviceName(ref);
  const provider = firstParty().find(({ offline }) => offline?.[name] !== undefined);
  const module = provider?.offline?.[name];
  if (provider === undefined || module === undefined)
    throw kernelError('VP_NOT_RUNNING', {}, { hint: 'The command must say `"kernel": "running"` or `"join"` in its manifest.' });
  let made: Promise<Readonly<Record<string, unknown>>> | undefined;
  const service = (): NonNullable<typeof made> =>
    (made ??= importFrom(provider.name, module).then((loaded) => (loaded as { default: Offline }).default({ env: process.env })));
  const call =
    (method: string) =>
    async (...args: unknown[]): Promise<unknown> => {
      const found = (await service())[method];
      if (typeof found !== 'function') throw kernelError('VP_NOT_RUNNING', {}, { hint: `${name} has no ${method} without a kernel.` });
      return Reflect.apply(found, undefined, args);
    };
  const methods = Object.fromEntries(Object.keys(ref.methods).map((method) => [method, call(method)]));
  return { ...methods, on: () => () => undefined } as unknown as ReturnType<typeof withoutKernel<never, never>>;
};

function importFrom(plugin: string, module: string): Promise<unknown> {
  const { manifestFile = '' } = locate(plugin, packageRoot);
  return import(pathToFileURL(join(dirname(manifestFile), module)).href);
}
