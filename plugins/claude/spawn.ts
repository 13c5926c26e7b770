/** From a request to a running agent: checked, approved, written down, started. */
import { randomUUID } from 'node:crypto';
import { rmSync, statfsSync, writeFileSync } from 'node:fs';
import type { Charters, CompiledCharter, Facade, SessionConfig, SpawnSpec } from '@vp/sdk';
import { findBin } from './bin.ts';
import type { Canary } from './canary.ts';
import type { Environment } from './environment.ts';
import { errors } from './errors.ts';
import { folderOf, makeFolder, writeWhole, type SessionFolder } from './folder.ts';
import { readProcess, startHolder } from './holder.ts';
import { claudeArgv, claudeSettings, environmentOf } from './launch.ts';
import { limitsOf } from './limits.ts';
import { newJournal, type Held, type StoredSpec } from './registry.ts';
import { spool } from './spool.ts';
import { begin } from './state.ts';
import { sweep } from './sweep.ts';
import { checkWorkplace, memoryDirs } from './workplace.ts';

/** What starting needs beside the environment. */
export interface SpawnTools {
  readonly env: Environment;
  readonly charters: Facade<Charters>;
  readonly canary: Canary;
  /** The kernel's environment variables. */
  readonly variables: () => Readonly<Record<string, string | undefined>>;
}

/** Starts a session. @throws VP_CWD_INVALID, VP_CLAUDE_MISSING, VP_CLAUDE_UNFIT, VP_SPAWN_REFUSED, and what the charter service throws */
export async function spawn(tools: SpawnTools, config: SessionConfig): Promise<Held> {
  const { env } = tools;
  const type = config.type ?? 'claude-code';
  checkRequest(env, config, type);
  const program = programOf(tools, config, type);
  const charter = await tools.charters.resolve(config.charter);
  if (type === 'claude-code') await tools.canary.check(program[0] ?? '');
  const id = randomUUID();
  const asked = await approve(env, { ...specOf(id, config, type, charter) });
  const folder = folderOf(env.ctx.home, id);
  const argv = type === 'claude-code' ? claudeArgv(launchOf(program[0] ?? '', folder, config, asked, charter)) : program;
  const variables = environmentOf(tools.variables(), { pass: env.config.env.pass, charter: charter.charter, added: asked.env });
  await guard(env, { ...asked, env: variables }, argv);
  const spec = storedOf(env, config, asked, charter, argv);
  try {
    write(tools, folder, spec, config);
    const agent = await startHolder({ folder, id, argv, cwd: spec.cwd, env: variables });
    return heldOf(env, folder, spec, agent);
  } catch (error) {
    await sweep(env.platform, id, undefined, () => undefined);
    rmSync(folder.root, { recursive: true, force: true });
    const why = error instanceof Error ? error.message : String(error);
    throw errors('VP_SPAWN_FAILED', { why }, { cause: error });
  }
}

function checkRequest(env: Environment, config: SessionConfig, type: StoredSpec['type']): void {
  checkWorkplace(config.workingDirectory);
  if (type !== 'claude-code' && !env.config.allowUngoverned) throw errors('VP_UNGOVERNED', { type });
  if (type === 'claude-code' && config.prompt.trim() === '') throw errors('VP_PROMPT_EMPTY');
  const { bavail, bsize } = statfsSync(env.ctx.home);
  const free = Math.floor((bavail * bsize) / 1e6);
  if (free < env.config.reserveMb) throw errors('VP_DISK_LOW', { free, reserve: env.config.reserveMb });
}

function programOf(tools: SpawnTools, config: SessionConfig, type: StoredSpec['type']): string[] {
  const { config: options } = tools.env;
  const path = tools.variables()['PATH'];
  if (type === 'claude-code') return [findBin(options.bin ?? 'claude', path, process.cwd())];
  const [program, ...args] = config.command ?? (type === 'claude-flow' ? options.presets['claude-flow'] : []);
  if (program === undefined) throw errors('VP_COMMAND_MISSING');
  return [findBin(program, path, config.workingDirectory), ...args];
}

function specOf(id: string, config: SessionConfig, type: StoredSpec['type'], charter: CompiledCharter): SpawnSpec {
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
    usage: begin().settled,
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

function launchOf(
  bin: string,
  folder: SessionFolder,
  config: SessionConfig,
  spec: SpawnSpec,
  charter: CompiledCharter,
): Parameters<typeof claudeArgv>[0] {
  const { trustProject } = charter.charter.operational;
  return {
    bin,
    folder,
    id: spec.id,
    limits: spec.limits,
    trustProject,
    memory: memoryDirs(config.workingDirectory),
    ...(config.resume === undefined ? {} : { resume: config.resume }),
    ...(spec.model === undefined ? {} : { model: spec.model }),
  };
}

function storedOf(env: Environment, config: SessionConfig, spec: SpawnSpec, charter: CompiledCharter, argv: readonly string[]): StoredSpec {
  return {
    id: spec.id,
    type: spec.type,
    governed: spec.type === 'claude-code',
    argv,
    cwd: config.workingDirectory,
    prompt: spec.prompt,
    priority: spec.priority,
    attended: spec.attended,
    ...(config.charter === undefined ? {} : { charterFile: config.charter }),
    charter,
    labels: spec.labels,
    limits: spec.limits,
    keepOpen: config.keepOpen ?? false,
    ...(config.resume === undefined ? {} : { resume: config.resume }),
    createdAt: spec.at,
    boot: env.platform.bootId(),
  };
}

/** Everything is on disk before the agent starts, so that a kernel that dies here leaves a session that the next one can take up. */
function write(tools: SpawnTools, folder: SessionFolder, spec: StoredSpec, config: SessionConfig): void {
  makeFolder(folder);
  const instructions = tools.charters.instructions(spec.charter.id, {
    task: spec.prompt.slice(0, 20_000),
    cwd: spec.cwd,
    ...(config.memory === undefined ? {} : { memory: config.memory }),
    ...(config.projectContext === undefined ? {} : { project: config.projectContext }),
  });
  writeFileSync(folder.instructions, instructions, { mode: 0o600 });
  writeFileSync(folder.settings, claudeSettings(spec.charter.charter.operational.trustProject), { mode: 0o600 });
  writeWhole(folder.spec, JSON.stringify(spec));
  writeWhole(folder.state, JSON.stringify(newJournal()));
  for (const [index, message] of tools.env.driverOf(spec.type).opening(spec).entries()) spool(folder, index + 1, message);
}

function heldOf(env: Environment, folder: SessionFolder, spec: StoredSpec, agent: { readonly pid: number; readonly start: string }): Held {
  return {
    id: spec.id,
    folder,
    spec,
    journal: { ...newJournal(), startedAt: Date.now() },
    progress: begin(),
    adopted: false,
    pid: agent.pid,
    pidStart: agent.start,
    holder: readProcess(folder.holder) ?? null,
    offset: 0,
    errOffset: 0,
    quietUntil: 0,
    replayUntil: 0,
    pending: new Map(),
    answered: new Map(),
    denied: new Set(),
    unread: new Set(),
    backlog: [],
    nextMessage: env.driverOf(spec.type).opening(spec).length + 1,
    requests: new Map(),
    ended: Promise.withResolvers(),
    announced: false,
    owner: null,
  };
}
