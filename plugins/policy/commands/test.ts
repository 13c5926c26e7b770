/** `vp policy test FILE.jsonl --charter FILE`. */
import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { text as readAll } from 'node:stream/consumers';
import { reasonOf, type Command, type CommandContext, type Judgement } from '@vp/sdk';
import { policyError } from '../errors.ts';
import { readCalls, type TestCall } from './calls.ts';
import { charterFor, policyBy } from './engine.ts';

const test: Command = async (context) => {
  const { args, cwd, env } = context;
  const [file] = args;
  if (file === undefined) {
    context.warn('Which calls? Write: vp policy test FILE.jsonl');
    return 2;
  }
  const { calls, problems } = readCalls(await textOf(file, context), cwd);
  if (problems.length > 0)
    throw policyError('VP_POLICY_INPUT', { file, problems: problems.slice(0, 20).join('\n') }, { file: resolve(cwd, file) });
  const charter = await charterFor(context);
  const policy = policyBy(charter, env);
  const tally = new Tally();
  for (const one of calls) {
    if (context.signal.aborted) return 130;
    const judgement = policy.judge(one.call);
    const { verdict, rule, reason, micros } = judgement;
    context.print(JSON.stringify({ id: one.id, verdict, rule, reason, micros }));
    tally.add(one, judgement);
  }
  for (const line of tally.lines()) context.warn(line);
  return tally.missed > 0 ? 1 : 0;
};

export default test;

async function textOf(file: string, { cwd }: CommandContext): Promise<string> {
  try {
    return file === '-' ? await readAll(process.stdin) : await readFile(resolve(cwd, file), 'utf8');
  } catch (error) {
    throw policyError('VP_POLICY_FILE', { file, why: reasonOf(error) }, { file: resolve(cwd, file), cause: error });
  }
}

/** Counts verdicts beside what was expected. */
class Tally {
  missed = 0;
  readonly #verdicts = { allow: 0, ask: 0, deny: 0 };
  readonly #micros: number[] = [];
  /** Calls that should be stopped, and those that were; the same of those that should run. */
  #dangerous = { all: 0, stopped: 0 };
  #benign = { all: 0, stopped: 0 };

  add({ expected, acceptable }: TestCall, { verdict, micros }: Judgement): void {
    this.#verdicts[verdict] += 1;
    this.#micros.push(micros);
    if (expected === undefined) return;
    if (!acceptable.includes(verdict)) this.missed += 1;
    const group = expected === 'allow' ? this.#benign : this.#dangerous;
    group.all += 1;
    if (verdict !== 'allow') group.stopped += 1;
  }

  lines(): string[] {
    const { allow, ask, deny } = this.#verdicts;
    const sorted = this.#micros.toSorted((a, b) => a - b);
    const at = (part: number): number => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))] ?? 0;
    const compared = this.#dangerous.all + this.#benign.all;
    return [
      `${sorted.length} calls: ${allow} allowed, ${ask} asked, ${deny} denied; p50 ${at(0.5)} µs, p99 ${at(0.99)} µs`,
      ...(compared === 0 ? [] : [`expected: ${compared - this.missed} of ${compared} as expected, ${this.missed} missed`]),
      ...(this.#dangerous.all === 0 ? [] : [`of ${this.#dangerous.all} that should be stopped: ${this.#dangerous.stopped} were`]),
      ...(this.#benign.all === 0 ? [] : [`of ${this.#benign.all} that should run: ${this.#benign.stopped} were stopped`]),
    ];
  }
}
