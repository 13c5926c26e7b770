/** The `vp` program: the kernel's own commands and those that plugins add. Help needs no plugin's code. */
import { Command as Program, CommanderError, Option } from 'commander';
import { defineErrors } from '@vp/sdk';
import { version } from '../service/version.ts';
import { firstParty, runContributed, runJoined, type ContributedCommand } from './contributed.ts';
import type { Extensions, Invocation, JoinedCommand } from './invocation.ts';
import { EXIT, exitCodeOf, printError } from './output.ts';

type Run = (invocation: Invocation) => Promise<number>;

interface BuiltIn {
  readonly name: string;
  readonly summary: string;
  readonly argument?: string;
  readonly options?: readonly (readonly [flags: string, summary: string, choices?: readonly string[]])[];
  readonly mutates?: boolean;
  readonly load: () => Promise<{ default: Run }>;
}

const errors = defineErrors({
  VP_INSIDE_SESSION: {
    message: '`vp {command}` is refused inside a session',
    hint: 'Run it from a shell of your own: an agent must not steer its own supervisor.',
  },
  VP_CWD_GONE: {
    message: 'the working directory does not exist any more',
    hint: 'Change to a directory that exists and run the command again.',
  },
});

const BUILT_IN: readonly BuiltIn[] = [
  {
    name: 'start',
    summary: 'Run the service in the foreground',
    options: [['--config <file>', 'Config file (default: the nearest vp.config.ts, not above the git root)']],
    mutates: true,
    load: () => import('./commands/start.ts'),
  },
  { name: 'stop', summary: 'Drain and stop the service; sessions live on', mutates: true, load: () => import('./commands/stop.ts') },
  {
    name: 'reload',
    argument: '[plugin]',
    summary: 'Apply what has changed on disk',
    mutates: true,
    load: () => import('./commands/reload.ts'),
  },
  { name: 'status', summary: 'How the service is', load: () => import('./commands/status.ts') },
  {
    name: 'plugins',
    argument: '[plugin]',
    summary: 'The plugins of the service, or one of them in full',
    load: () => import('./commands/plugins.ts'),
  },
  {
    name: 'logs',
    summary: "The service's own log",
    options: [
      ['-f, --follow', 'Go on with what comes, until Ctrl-C'],
      ['-n, --lines <count>', 'At most so many lines (default: 100; all with --since)'],
      ['--plugin <name>', 'Only lines of this plugin, or of the kernel'],
      ['--level <level>', 'Only lines of this level and above', ['trace', 'debug', 'info', 'warn', 'error', 'fatal']],
      ['--since <duration>', 'Only lines of the last 90s, 10m, 2h, 1d …'],
    ],
    load: () => import('./commands/logs.ts'),
  },
  { name: 'doctor', summary: 'Look for what is missing or left over', load: () => import('./commands/doctor.ts') },
  {
    name: 'config show',
    summary: 'The config in force for this directory',
    options: [
      ['--origin', 'Say where each value comes from'],
      ['--config <file>', 'Config file'],
    ],
    load: () => import('./commands/config-show.ts'),
  },
];

/** Runs one command line. Gives the exit code. */
export async function runCli(argv: readonly string[], extensions: Extensions = {}): Promise<number> {
  const json = argv.includes('--json');
  let code: number = EXIT.done;
  const program = new Program('vp')
    .description('Supervises Claude Code sessions: spawns, governs, recovers and reports.')
    .version(version)
    .showSuggestionAfterError(true)
    .showHelpAfterError('Run `vp --help` for the list of commands.')
    .exitOverride();
  if (json) program.configureOutput({ writeErr: () => undefined });
  const act = (name: string, mutates: boolean, run: (invocation: Invocation) => Promise<number>) => {
    return async (...given: unknown[]): Promise<void> => {
      const command = given.at(-1) as Program;
      if (mutates && process.env['VP_SESSION']) throw errors('VP_INSIDE_SESSION', { command: name });
      code = await run({ args: command.args, options: command.opts(), json, extensions });
    };
  };
  for (const one of BUILT_IN) {
    const command = place(program, one.name).description(one.summary);
    if (one.argument !== undefined) command.argument(one.argument);
    for (const [flags, summary, choices] of one.options ?? []) addOption(command, flags, summary, choices);
    command.action(act(one.name, one.mutates ?? false, async (invocation) => (await one.load()).default(invocation)));
  }
  for (const one of extensions.commands ?? []) addListed(program, one, act, (invocation) => runJoined(one, invocation));
  for (const one of firstParty().flatMap((plugin) => plugin.commands))
    addListed(program, one, act, (invocation) => runContributed(one, invocation));
  try {
    await program.parseAsync([...argv], { from: 'user' });
    return code;
  } catch (error) {
    return failed(error, json);
  }
}

function addListed(
  program: Program,
  one: ContributedCommand | JoinedCommand,
  act: (name: string, mutates: boolean, run: (invocation: Invocation) => Promise<number>) => (...given: unknown[]) => Promise<void>,
  run: Run,
): void {
  const command = place(program, one.name).description(one.summary);
  for (const { name, summary, optional } of one.arguments ?? []) command.argument(optional ? `[${name}]` : `<${name}>`, summary);
  for (const { flags, summary, choices } of one.options ?? []) addOption(command, flags, summary, choices);
  command.action(act(one.name, one.mutates ?? false, run));
}

function addOption(command: Program, flags: string, summary: string, choices?: readonly string[]): void {
  const option = new Option(flags, summary);
  command.addOption(choices ? option.choices(choices) : option);
}

/** The command of one or two words, under its group where there are two. Every command takes `--json`. */
function place(program: Program, name: string): Program {
  const [first = '', second] = name.split(' ');
  const add = (parent: Program, word: string): Program => parent.command(word).option('--json', 'Print JSON only');
  if (second === undefined) return add(program, first);
  const group = program.commands.find((command) => command.name() === first) ?? program.command(first).description(`Commands for ${first}`);
  return add(group, second);
}

function failed(error: unknown, json: boolean): number {
  if (!(error instanceof CommanderError)) {
    const isCwdGone = (error as { syscall?: unknown }).syscall === 'uv_cwd';
    const told = isCwdGone ? errors('VP_CWD_GONE', {}, { cause: error }) : error;
    printError(told, json);
    return exitCodeOf(told);
  }
  if (error.exitCode === 0) return EXIT.done;
  // Commander has written its message already, except where only JSON may be written.
  if (json) {
    const [message = '', nearest] = error.message.replace(/^error: /, '').split('\n');
    const hint = nearest?.replaceAll(/[()]/g, '') ?? 'Run `vp --help` for the list of commands.';
    process.stderr.write(`${JSON.stringify({ error: { code: 'VP_USAGE', message, hint } })}\n`);
  }
  return EXIT.usage;
}
