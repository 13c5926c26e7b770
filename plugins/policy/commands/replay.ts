/** `vp policy replay`: the logged calls judged again, by the charters that they were judged by. */
import { charters, type Attributed, type Command, type CompiledCharter, type Finding, type Policy } from '@vp/sdk';
import { hashOf } from '../log/canonical.ts';
import { replay as judgeAgain, type LoggedVerdict } from '../log/replay.ts';
import { VERSIONS } from '../versions.ts';
import { policyBy } from './engine.ts';
import { loggedSince } from './logged.ts';
import { printReplay } from './report.ts';
import { sinceOf } from './since.ts';

const replay: Command = async (context) => {
  const { options, env } = context;
  const known = new Map<string, Policy | undefined>();
  const left = { charter: 0, versions: 0 };
  const policyOf = async ({ charter, charterHash }: LoggedVerdict): Promise<Policy | undefined> => {
    if (!known.has(charterHash)) {
      const found = await context
        .use(charters)
        .resolve(charter)
        .catch((): CompiledCharter | undefined => undefined);
      known.set(charterHash, found?.hash === charterHash ? policyBy(found, env) : undefined);
    }
    return known.get(charterHash);
  };
  const result = await judgeAgain(loggedSince(context, sinceOf(options['since'], Date.now())), async (logged) => {
    const policy = await policyOf(logged);
    if (!policy) {
      left.charter += 1;
      return undefined;
    }
    if (hashOf(logged.versions) !== hashOf(VERSIONS)) left.versions += 1;
    const { tool, input, cwd, workspace } = logged;
    const call = { tool, input: input as Record<string, unknown>, cwd, workspace };
    const facts = policy.analyse(call);
    const { verdict, rule } = policy.judge({ ...call, facts, findings: fromPlugins(logged) });
    return { verdict, rule, factsHash: hashOf(facts) };
  });
  printReplay(context, 'the log', result);
  if (left.charter > 0) context.warn(`${left.charter} calls were left out: their charter has changed since`);
  if (left.versions > 0) context.warn(`${left.versions} calls were decided by another version of the policy`);
  return 0;
};

export default replay;

/** What plugins said then; they are not asked again. */
function fromPlugins({ findings }: LoggedVerdict): Attributed<Finding>[] {
  return findings
    .filter(({ from }) => !['floor', 'default', 'charter'].includes(from))
    .map(({ from, level, rule, reason }) => ({ plugin: from, level, rule, reason }));
}
