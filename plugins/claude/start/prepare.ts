/** From a request to what an attempt is started with: checked, approved, with the arguments that guards have seen. Starts nothing. */
import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import type { Charters, CompiledCharter, Facade, SessionConfig, SpawnSpec } from '@vp/sdk';
import type { Attempt } from '../state/attempts.ts';
import { findBin } from './bin.ts';
import type { Canary } from '../canary/canary.ts';
import { checkDisk } from '../keep/disk.ts';
import type { Environment } from '../environment.ts';
import { errors } from '../errors.ts';
import { folderOf } from '../holder/folder.ts';
import { claudeArgv, environmentOf } from './launch.ts';
import { limitsOf } from './limits.ts';
import type { StoredSpec } from '../state/registry.ts';
import { NO_USAGE } from '../protocol/tokens.ts';
import { findTranscript } from '../transcript/transcript-file.ts';
import { checkWorkplace, memoryDirs } from './workplace.ts';

/** What starting needs beside the environment. */
export interface SpawnTools {
  readonly env: Environment;
  readonly charters: Facade<Charters>;
  readonly canary: Canary;
  /** The kernel's environment variables. */
  readonly variables: () => Readonly<Record<string, string | undefined>>;
}

/** Which attempt of which session. */
export interface Asked {
  readonly id: string;
  readonly config: SessionConfig;
  readonly mode: Attempt['mode'];
  /** The conversation to go on with where the mode is `resume`. */
  readonly conversation: string;
  /** Epoch milliseconds; null for a new session. */
  readonly createdAt: number | null;
}

/** All that an attempt is started with. */
export interface Prepared {
  readonly spec: StoredSpec;
  readonly env: Readonly<Record<string, string>>;
  /** The agent's id of the conversation. */
  readonly conversation: string;
}

type SessionType = StoredSpec['type'];

/** @throws VP_CWD_INVALID, VP_PROMPT_EMPTY, VP_UNGOVERNED, VP_COMMAND_MISSING */
export function checkConfig(env: Environment, config: SessionConfig): void {
  const type = config.type ?? 'claude-code';
  checkWorkplace(config.workingDirectory);
  if (type !== 'claude-code' && !env.config.allowUngoverned) throw errors('VP_UNGOVERNED', { type });
  if (type === 'claude-code' && config.prompt.trim() === '') throw errors('VP_PROMPT_EMPTY');
  if (type !== 'claude-code' && commandOf(env, config, type).length === 0) throw errors('VP_COMMAND_MISSING');
}

/**
 * The one way to an attempt: no path goes around its checks and hooks.
 * @throws VP_CWD_INVALID, VP_DISK_LOW, VP_CLAUDE_MISSING, VP_CLAUDE_UNFIT, VP_SPAWN_REFUSED, and what the charter service throws
 */
export async function prepare(tools: SpawnTools, asked: Asked): Promise<Prepared> {
  const { env } = tools;
  const { id, config } = asked;
  const type = config.type ?? 'claude-code';
  checkConfig(env, config);
  checkDisk(env);
  const program = programOf(tools, config, type);
  const charter = await tools.charters.resolve(config.charter);
  if (type === 'claude-code') await tools.canary.check(program[0] ?? '');
  const approved = await approve(env, specOf(id, config, type, charter));
  const variables = environmentOf(tools.variables(), { pass: env.config.env.pass, charter: charter.charter, added: approved.env });
  const configDir = type === 'claude-code' ? configDirOf(variables) : null;
  const conversation = await conversationOf(asked, configDir);
  const argv = type === 'claude-code' ? argvOf(program[0] ?? '', env, asked, approved, charter, conversation) : program;
  await guard(env, { ...approved, env: variables }, argv);
  return { spec: storedOf(asked, approved, charter, argv, configDir), env: variables, conversation };
}

/** The agent refuses an id that it has a transcript of. */
async function conversationOf({ id, mode, config, conversation }: Asked, configDir: string | null): Promise<string> {
  if (mode === 'resume') return conversation;
  if (mode === 'first') return config.resume ?? id;
  const taken = configDir !== null && (await findTranscript(configDir, config.workingDirectory, id)) !== undefined;
  return taken ? randomUUID() : id;
}

function configDirOf(env: Readonly<Record<string, string>>): string | null {
  return env['CLAUDE_CONFIG_DIR'] ?? (env['HOME'] === undefined ? null : join(env['HOME'], '.claude'));
}

function commandOf(env: Environment, config: SessionConfig, type: SessionType): readonly string[] {
  return config.command ?? (type === 'claude-flow' ? env.config.presets['claude-flow'] : []);
}

function argvOf(
  bin: string,
  env: Environment,
  { id, mode, config }: Asked,
  spec: SpawnSpec,
  charter: CompiledCharter,
  conversation: string,
): string[] {
  const resumes = mode === 'resume' || (mode === 'first' && config.resume !== undefined);
  return claudeArgv({
    bin,
    folder: folderOf(env.ctx.home, id),
    id: conversation,
    limits: spec.limits,
    trustProject: charter.charter.operational.trustProject,
    memory: memoryDirs(config.workingDirectory),
    ...(resumes ? { resume: conversation } : {}),
    ...(spec.model === undefined ? {} : { model: spec.model }),
  });
}

function storedOf(
  { id, config, createdAt }: Asked,
  spec: SpawnSpec,
  charter: CompiledCharter,
  argv: readonly string[],
  configDir: string | null,
): StoredSpec {
  return {
    id,
    type: spec.type,
    governed: spec.type === 'claude-code',
    argv,
    cwd: config.workingDirectory,
    prompt: spec.prompt,
    config: { ...config, prompt: spec.prompt === config.prompt ? '' : config.prompt },
    requestId: config.requestId ?? null,
    priority: spec.priority,
    attended: spec.attended,
    ...(config.charter === undefined ? {} : { charterFile: config.charter }),
    charter,
    labels: spec.labels,
    limits: spec.limits,
    keepOpen: config.keepOpen ?? false,
    ...(config.resume === undefined ? {} : { resume: config.resume }),
    createdAt: createdAt ?? spec.at,
    configDir,
  };
}

function programOf(tools: SpawnTools, config: SessionConfig, type: SessionType): string[] {
  const { config: options } = tools.env;
  const path = tools.variables()['PATH'];
  if (type === 'claude-code') return [findBin(options.bin ?? 'claude', path, process.cwd())];
  const [program, ...args] = config.command ?? (type === 'claude-flow' ? options.presets['claude-flow'] : []);
  if (program === undefined) throw errors('VP_COMMAND_MISSING');
  return [findBin(program, path, config.workingDirectory), ...args];
}

function specOf(id: string, config: SessionConfig, type: SessionType, charter: CompiledCharter): SpawnSpec {
  const model = config.model ?? charter.charter.operational.model;
  return {
    id,
    at: Date.now(),
    session: { id, orchestrator: charter.charter.name, cwd: config.workingDirectory, charterHash: charter.hash },
    type,
    prompt: config.prompt,
    priority: config.priority ?? 'medium',
    attended: config.attended ?? false,
    ...(model === undefined ? {} : { model }),
    labels: { ...config.labels },
    env: { ...config.env },
    limits: limitsOf(config, charter.charter),
  };
}

/** Taps may change the request; then the budget is asked. @throws VP_SPAWN_REFUSED */
async function approve(env: Environment, spec: SpawnSpec): Promise<SpawnSpec> {
  const outcome = await env.ctx.fire('pre-spawn', spec);
  if (outcome.spec === undefined) throw refusal(outcome.refused);
  const budget = await env.ctx.fire('budget-check', {
    at: spec.at,
    session: spec.session,
    moment: 'spawn',
    usage: NO_USAGE,
    costUsd: 0,
  });
  const refused = budget.reasons.find((reason) => reason.severity === 'deny');
  if (budget.severity === 'deny') throw refusal(refused ?? { plugin: 'budget-check', reason: 'the budget is used up' });
  return outcome.spec;
}

/** Guards see exactly what will run. @throws VP_SPAWN_REFUSED */
async function guard(env: Environment, spec: SpawnSpec, argv: readonly string[]): Promise<void> {
  const outcome = await env.ctx.fire('pre-spawn', { ...spec, argv: [...argv] });
  if (outcome.spec === undefined) throw refusal(outcome.refused);
}

function refusal({ plugin, reason, instead }: { readonly plugin: string; readonly reason: string; readonly instead?: string }): Error {
  return errors('VP_SPAWN_REFUSED', { plugin, reason, instead: instead === undefined ? '' : `Instead: ${instead}` }, { plugin });
}
