/** `vp charter check FILE`. */
import { resolve } from 'node:path';
import { policy, type Charter, type Command, type CommandContext } from '@vp/sdk';
import { Evaluator } from '../evaluate.ts';
import { tryLoad, type Loaded } from '../load.ts';
import { formatProblem, show } from '../problem.ts';

const check: Command = async (context) => {
  const [written] = context.args;
  if (written === undefined) {
    context.warn('Which charter? Write: vp charter check FILE');
    return 2;
  }
  const file = resolve(context.cwd, written);
  const loaded = await tryLoad(file, new Evaluator({ ahead: false }));
  const judged = loaded.compiled ? await withExamples(context, file, loaded) : loaded;
  if (context.json) context.print(JSON.stringify(report(file, judged)));
  else for (const line of words(file, judged)) context.print(line);
  return judged.compiled ? 0 : 2;
};

export default check;

/** The charter's own examples are problems where they do not hold. They are tried only where there are some: that loads the engine. */
async function withExamples(context: CommandContext, file: string, loaded: Loaded): Promise<Loaded> {
  const charter = loaded.compiled?.charter;
  if (!charter?.constraints.examples) return loaded;
  const faults = await context.use(policy).checkExamples(charter);
  if (faults.length === 0) return loaded;
  const problems = faults.map(({ source, example, expected }) => ({
    file,
    line: null,
    path: `/${source.replaceAll('.', '/').replaceAll('[', '/').replaceAll(']', '')}`,
    expected: expected === 'match' ? 'a rule that fits its example' : 'a rule that leaves its counter-example alone',
    found: show(example),
  }));
  const { compiled: _, ...rest } = loaded;
  return { ...rest, problems };
}

function report(file: string, { compiled, problems }: Loaded): object {
  return {
    file,
    ok: compiled !== undefined,
    problems: problems.map(({ line, path, expected, found }) => ({ line, path, expected, found })),
    ...(compiled ? { name: compiled.charter.name, hash: compiled.hash } : {}),
  };
}

function words(file: string, { compiled, problems }: Loaded): string[] {
  if (!compiled) return [...problems.map(formatProblem), `${problems.length} ${problems.length === 1 ? 'problem' : 'problems'} in ${file}`];
  return [`${file}: ok`, ...summary(compiled.charter).map((line) => `  ${line}`), `  hash ${compiled.hash}`];
}

function summary({ name, role, tier, constraints, resources, operational }: Charter): string[] {
  const never = constraints.forbiddenCommands.length + constraints.forbiddenPatterns.length + constraints.alwaysReject.length;
  const asked = constraints.requiredApprovals.length + constraints.requireConfirmation.length + constraints.escalate.length;
  const { tokenBudget, allowedTools, ...limited } = resources;
  const limits = Object.entries({ ...limited, ...tokenBudget })
    .map(([key, value]) => `${key} ${value}`)
    .join(', ');
  return [
    `${name}, ${role}, tier ${tier}`,
    `${never} rules that refuse, ${asked} that ask, ${constraints.autoApprove.length} that approve`,
    `limits: ${limits === '' ? 'none' : limits}; tools: ${allowedTools?.join(', ') ?? 'all'}`,
    ...(operational.trustProject ? ["the project's own hooks, settings and MCP servers run"] : []),
    ...(operational.sshAgent ? ['the session may use the SSH agent'] : []),
  ];
}
