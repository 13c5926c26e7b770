/** `vp plugin test PATH`: fires the cases beside a plugin at it, in the sandbox. */
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { policy, reasonOf, type Command, type CommandContext, type HookName } from '@vp/sdk';
import type { LogLine, TestPlugin } from '@vp/sdk/testing';
import { OUTCOMES, readCases, type Case } from './cases.ts';
import { commandError } from './errors.ts';
import { failuresOf, fire, payloadFor, type Got } from './fire.ts';
import { folderOf, readTarget, stemOf, type ReadTarget } from './target.ts';
import { plain, styled, table } from './text.ts';
import { openTrials, type Trials } from './trial.ts';

/** What came of one case. */
interface Result extends Got {
  readonly id: string;
  readonly hook: HookName;
  readonly expected: string | undefined;
}

const LOG_LINES = 20;

const test: Command = async (context) => {
  const found = await readTarget(context, context.args[0] ?? '');
  const cases = await casesOf(found, context);
  const log: LogLine[] = [];
  const trials = await openTrials(found, context, context.options['net'] === true, log);
  let results: Result[];
  try {
    results = await runAll(cases ?? [undefined], trials, context, log);
  } finally {
    await trials.close();
  }
  if (context.signal.aborted) return 130;
  const missed = results.filter(isMissed).length;
  if (context.json) context.print(JSON.stringify({ plugin: found.read.manifest.name, missed, cases: results, log }));
  else for (const line of report(found, results, log, cases === undefined)) context.print(line);
  return missed === 0 ? 0 : 1;
};

export default test;

/** The cases; undefined where there are none beside the plugin. @throws VP_PLUGIN_CASES */
async function casesOf({ target }: ReadTarget, { cwd, options }: CommandContext): Promise<readonly Case[] | undefined> {
  const { cases: given } = options;
  const beside = [`${stemOf(target)}.cases.jsonl`, 'cases.jsonl'].map((name) => join(folderOf(target), name));
  const file = typeof given === 'string' ? resolve(cwd, given) : beside.find((one) => existsSync(one));
  if (file === undefined) return undefined;
  const text = await readFile(file, 'utf8').catch((cause: unknown) => {
    throw commandError('VP_PLUGIN_CASES', { problems: reasonOf(cause) }, { file, cause });
  });
  const { cases, problems } = readCases(text);
  if (problems.length > 0) throw commandError('VP_PLUGIN_CASES', { problems: problems.slice(0, 20).join('\n') }, { file });
  return cases.length === 0 ? undefined : cases;
}

/** Runs the cases in order, in one plugin for as long as they ask for the same options. No case: one payload for each hook it taps. */
async function runAll(cases: readonly (Case | undefined)[], trials: Trials, context: CommandContext, log: LogLine[]): Promise<Result[]> {
  const results: Result[] = [];
  for (const group of grouped(cases)) {
    const plugin = await trials.start(group[0]?.config ?? {});
    const own: Result[] = [];
    for (const one of group.flatMap((given) => given ?? built(plugin))) {
      if (context.signal.aborted) break;
      const { id, hook, expected } = one;
      own.push({ id, hook, expected, ...(await fire(plugin, hook, await withFacts(one, context))) });
    }
    await plugin.stop();
    results.push(...own.map((result) => lateFailure(result, plugin)));
    log.push(...plugin.log);
  }
  return results;
}

function grouped(cases: readonly (Case | undefined)[]): (Case | undefined)[][] {
  const groups: (Case | undefined)[][] = [];
  for (const one of cases) {
    const last = groups.at(-1);
    if (last !== undefined && isDeepStrictEqual(last[0]?.config, one?.config)) last.push(one);
    else groups.push([one]);
  }
  return groups;
}

function built(plugin: TestPlugin): Case[] {
  return [...new Set(plugin.taps.map(({ hook }) => hook))].map((hook) => ({
    id: hook,
    hook,
    payload: {},
    expected: undefined,
    config: {},
  }));
}

/** What a hook that only looks made of it shows once the plugin has stopped; then all its cases of that hook count as failed. */
function lateFailure(result: Result, plugin: TestPlugin): Result {
  const [failure] = OUTCOMES[result.hook].length === 1 ? failuresOf(plugin, result.hook) : [];
  return failure === undefined ? result : { ...result, outcome: 'failed', reason: failure };
}

/** A call with what it would do, where the policy is there to say so. */
async function withFacts({ hook, payload }: Case, context: CommandContext): Promise<Readonly<Record<string, unknown>>> {
  if (hook !== 'pre-command' || payload['facts'] !== undefined) return payload;
  const { tool, input, session } = payloadFor('pre-command', payload);
  try {
    return { ...payload, facts: await context.use(policy).analyse({ tool, input, cwd: session.cwd }) };
  } catch {
    return payload;
  }
}

function isMissed({ expected, outcome }: Result): boolean {
  return expected === undefined ? outcome === 'failed' : expected !== outcome;
}

function report({ read }: ReadTarget, results: readonly Result[], log: readonly LogLine[], isBuilt: boolean): string[] {
  const rows = results.map((result) => {
    const { id, expected = '-', outcome, reason, ms } = result;
    return [plain(id, 40), expected, styled(isMissed(result) ? 'red' : 'green', outcome), ms.toFixed(1), plain(reason, 80)];
  });
  const missed = results.filter(isMissed).length;
  const compared = results.filter(({ expected }) => expected !== undefined).length;
  const lines = log.slice(0, LOG_LINES).map(({ level, message, fields }) => {
    const rest = Object.keys(fields).length === 0 ? '' : ` ${JSON.stringify(fields)}`;
    return `  ${level.padEnd(5)} ${plain(`${message}${rest}`, 160)}`;
  });
  return [
    `${styled('bold', read.manifest.name)} ${read.version}, in the sandbox, with all that it asks for`,
    ...(isBuilt ? ['No cases.jsonl beside it: one made-up payload for each hook that it taps.'] : []),
    '',
    ...(rows.length === 0
      ? ['It taps no hook; its setup has run.']
      : table([isBuilt ? 'HOOK' : 'CASE', 'EXPECTED', 'GOT', 'MS', 'REASON'], rows)),
    ...(lines.length === 0 ? [] : ['', 'Its log', ...lines]),
    ...(log.length > LOG_LINES ? [`  … ${log.length - LOG_LINES} more`] : []),
    '',
    missed === 0
      ? styled('green', compared === 0 ? 'Nothing failed.' : `${compared} of ${compared} as expected.`)
      : styled('red', `${missed} of ${results.length} not as expected.`),
  ];
}
