/** `vp policy explain "COMMAND"`. */
import { resolve } from 'node:path';
import type { Command, CommandContext, PolicyCall } from '@vp/sdk';
import { policyError } from '../errors.ts';
import { charterFor, policyBy } from './engine.ts';

const explain: Command = async (context) => {
  const { json, env } = context;
  const call = callOf(context);
  if (!call) {
    context.warn('Which command? Write: vp policy explain "COMMAND", or --tool NAME --input JSON');
    return 2;
  }
  const charter = await charterFor(context);
  const explanation = policyBy(charter, env).explain({ ...call, charter: charter.id });
  if (json) context.print(JSON.stringify(explanation));
  else for (const line of [...explanation.lines, `  the agent is told`, `    ${explanation.brief}`]) context.print(line);
  return 0;
};

export default explain;

function callOf({ args, options, cwd }: CommandContext): PolicyCall | undefined {
  const { tool, input, cwd: dir } = options;
  const where = typeof dir === 'string' ? resolve(cwd, dir) : cwd;
  if (typeof tool === 'string') return { tool, input: inputOf(input), cwd: where };
  const [command] = args;
  return command === undefined ? undefined : { tool: 'Bash', input: { command }, cwd: where };
}

function inputOf(text: unknown): Record<string, unknown> {
  const wrong = (): Error =>
    policyError('VP_POLICY_OPTION', {
      option: '--input',
      value: String(text),
      hint: 'Give one JSON object, such as \'{"file_path":"a.txt"}\'.',
    });
  try {
    const value: unknown = JSON.parse(String(text));
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Record<string, unknown>;
  } catch {
    throw wrong();
  }
  throw wrong();
}
