/** `vp policy backtest PLUGIN|CHARTER`: what would have been decided otherwise. */
import { existsSync, readFileSync, statSync } from 'node:fs';
import { extname, join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { charters, reasonOf, type Attributed, type Command, type CommandContext, type Finding, type PluginDefinition } from '@vp/sdk';
import { policyError } from '../errors.ts';
import { hashOf } from '../log/canonical.ts';
import { replay, type LoggedVerdict, type Replayed } from '../log/replay.ts';
import { higher } from '../judge/join.ts';
import { loggedSince } from './logged.ts';
import { policyBy } from './engine.ts';
import { printReplay } from './report.ts';
import { sinceOf } from './since.ts';

type Again = (logged: LoggedVerdict) => Promise<Replayed> | Replayed;

const backtest: Command = async (context) => {
  const { args, options, cwd } = context;
  const [written] = args;
  if (written === undefined) {
    context.warn('Which one? Write: vp policy backtest CHARTER, or the module of a plugin');
    return 2;
  }
  const since = sinceOf(options['since'], Date.now());
  const file = resolve(cwd, written);
  const again = (await byPlugin(context, file)) ?? (await byCharter(context, file));
  printReplay(context, written, await replay(loggedSince(context, since), again));
  return 0;
};

export default backtest;

async function byCharter(context: CommandContext, file: string): Promise<Again> {
  const policy = policyBy(await context.use(charters).resolve(file), context.env);
  return ({ tool, input, cwd, workspace }) => {
    const call = { tool, input: input as Record<string, unknown>, cwd, workspace };
    const facts = policy.analyse(call);
    const { verdict, rule } = policy.judge({ ...call, facts });
    return { verdict, rule, factsHash: hashOf(facts) };
  };
}

/** A plugin can only raise what was decided. Undefined where the file is no module with a plugin. */
async function byPlugin(context: CommandContext, file: string): Promise<Again | undefined> {
  const definition = await pluginOf(file);
  if (!definition) return undefined;
  const { testPlugin, preCommand } = await import('@vp/sdk/testing');
  const plugin = await testPlugin(definition);
  if (!plugin.taps.some(({ hook }) => hook === 'pre-command')) {
    await plugin.stop();
    throw policyError('VP_POLICY_PLUGIN', { file, why: 'it taps other hooks only' }, { file });
  }
  const policy = policyBy(await context.use(charters).resolve(), context.env);
  return async ({ at, callId, sessionId, tool, input, cwd, workspace, charterHash, verdict, rule }) => {
    const session = { id: sessionId ?? '', orchestrator: '', cwd: workspace, charterHash };
    const call = { tool, input: input as Record<string, unknown>, cwd, workspace };
    const payload = preCommand({ ...call, id: callId ?? '', at, session, facts: policy.analyse(call) });
    const worst = (await plugin.fire('pre-command', payload)).reduce<Attributed<Finding> | undefined>(
      (top, one) => (top && higher(top.level, one.level) === top.level ? top : one),
      undefined,
    );
    if (!worst || higher(verdict, worst.level) === verdict) return { verdict, rule };
    return { verdict: worst.level, rule: worst.rule ?? worst.plugin };
  };
}

async function pluginOf(path: string): Promise<PluginDefinition | undefined> {
  const file = existsSync(path) && statSync(path).isDirectory() ? entryOf(path) : path;
  if (!['.ts', '.mts', '.js', '.mjs'].includes(extname(file))) return undefined;
  let value: unknown;
  try {
    value = ((await import(pathToFileURL(file).href)) as { default?: unknown }).default;
  } catch (error) {
    throw policyError('VP_POLICY_PLUGIN', { file, why: reasonOf(error) }, { file, cause: error });
  }
  const isPlugin = typeof value === 'object' && value !== null && ('hooks' in value || 'setup' in value);
  return isPlugin ? (value as PluginDefinition) : undefined;
}

function entryOf(folder: string): string {
  const { entry = './index.ts' } = JSON.parse(readFileSync(join(folder, 'plugin.json'), 'utf8')) as { entry?: string };
  return join(folder, entry);
}
