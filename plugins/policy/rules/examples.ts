/** Examples that a charter's rules carry: tried with the same analysis and the same predicates as any call. */
import type { Charter, ExampleFault, Facts, PolicyCall } from '@vp/sdk';
import { fitOf, fitsAny } from './action.ts';
import { objections, rulesOf, type CharterRule } from './charter.ts';

/** A folder that is nowhere, so that an example means the same on every machine. */
const CWD = '/project';

/** The examples that do not hold. */
export function exampleFaults(charter: Charter, analyse: (call: PolicyCall) => Facts): ExampleFault[] {
  const { examples = [] } = charter.constraints;
  if (examples.length === 0) return [];
  const { objecting, lifting } = rulesOf(charter);
  return examples.flatMap(({ source, match, notMatch }) => {
    const rule = [...objecting, ...lifting].find((one) => one.source === source);
    if (!rule) return [];
    const fails = (expected: ExampleFault['expected']) => (example: string) =>
      fits(rule, example, analyse) === (expected === 'match') ? [] : [{ source, example, expected }];
    return [...match.flatMap(fails('match')), ...notMatch.flatMap(fails('notMatch'))];
  });
}

/** A fault in one line. */
export function faultWords({ source, example, expected }: ExampleFault): string {
  return `${source}: it ${expected === 'match' ? 'does not fit' : 'fits'} its own example "${example}"`;
}

function fits(rule: CharterRule, command: string, analyse: (call: PolicyCall) => Facts): boolean {
  const call = { tool: 'Bash', input: { command }, cwd: CWD };
  const action = { call, facts: analyse(call) };
  if (rule.key === 'autoApprove') return rule.covers.some((match) => fitsAny(fitOf(match, action, true)));
  return objections(rule, action).length > 0;
}
