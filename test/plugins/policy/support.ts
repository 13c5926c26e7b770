/** Facts and charters written by hand, for tests of what follows the analysis. */
import type { CompiledCharter, Effect, Facts, PolicyCall, SimpleCommand } from '@vp/sdk';
import { normalise } from '../../../plugins/charter/normalise.ts';
import { compiled } from '../../../plugins/charter/compile.ts';
import { judge } from '../../../plugins/policy/judge/judge.ts';
import type { Action } from '../../../plugins/policy/rules/action.ts';
import { rulesOf } from '../../../plugins/policy/rules/charter.ts';

/** An effect; the kind is the op's first word. */
export function effect(op: string, part: Partial<Effect> = {}): Effect {
  const kind = op.split('.', 1)[0] as Effect['kind'];
  return { kind, op, target: '/project/x', certain: true, words: `does ${op}`, ...part };
}

/** A simple command from its words. */
export function simple(text: string, part: Partial<SimpleCommand> = {}): SimpleCommand {
  const argv = text.split(' ');
  return { name: argv[0] ?? null, argv, cwd: '/project', via: [], ...part };
}

export function facts(part: Partial<Facts> = {}): Facts {
  return { effects: [], commands: [simple('x')], unknowns: [], ...part };
}

export function call(part: Partial<PolicyCall> = {}): PolicyCall {
  return { tool: 'Bash', input: { command: 'x' }, cwd: '/project', ...part };
}

export function action(part: Partial<Facts> = {}, of: Partial<PolicyCall> = {}): Action {
  return { call: call(of), facts: facts(part) };
}

/** A charter with these constraints. */
export function charter(constraints: object = {}): CompiledCharter {
  const { charter: normal, problems } = normalise({ name: 'test', constraints });
  if (!normal) throw new Error(JSON.stringify(problems));
  return compiled('/charter.yaml', normal);
}

/** The verdict on facts under a charter's constraints. */
export function verdictOn(
  part: Partial<Facts>,
  constraints: object = {},
  of: Partial<PolicyCall> = {},
  said: Parameters<typeof judge>[0]['said'] = [],
) {
  const rules = rulesOf(charter(constraints).charter);
  return judge({ call: call(of), facts: facts(part), rules, said, startedAt: performance.now() });
}
