#!/usr/bin/env node
// Plays the steps of each message, a JSON array: lines to print, questions, results, ends; `stay` outlives the end of its input. What is no JSON gets itself as result.
import { ask, listen, say } from './speak.ts';

type Step =
  | { readonly say: object }
  | { readonly raw: string }
  | { readonly ask: readonly [string, string] }
  | { readonly result: string; readonly tokens?: number; readonly cost?: number; readonly error?: boolean }
  | { readonly die: NodeJS.Signals }
  | { readonly exit: number }
  | { readonly hang: true }
  | { readonly stay: true };

const steps: Step[] = [];
let waits = false;
let stays = false;

function play(): void {
  while (!waits) {
    const step = steps.shift();
    if (step === undefined) return;
    one(step);
  }
}

function one(step: Step): void {
  if ('say' in step) return say(step.say);
  if ('raw' in step) return void process.stdout.write(step.raw);
  if ('result' in step) return result(step);
  if ('stay' in step) {
    stays = true;
    setInterval(() => undefined, 1_000);
    return;
  }
  if ('exit' in step) process.exit(step.exit);
  waits = true;
  if ('ask' in step) ask(step.ask[0], step.ask[1], 'Bash', { command: `echo ${step.ask[1]}` });
  if ('die' in step) process.stdout.write('', () => process.kill(process.pid, step.die));
}

function result({ result: words, tokens = 1, cost = 0.01, error = false }: Extract<Step, { result: string }>): void {
  const modelUsage = { model: { inputTokens: tokens, outputTokens: 0, cacheReadInputTokens: 0, cacheCreationInputTokens: 0 } };
  say({ type: 'result', subtype: 'success', is_error: error, result: words, total_cost_usd: cost, num_turns: 1, modelUsage });
}

say({
  type: 'system',
  subtype: 'init',
  session_id: process.argv[process.argv.findIndex((word) => word === '--session-id' || word === '--resume') + 1],
});
listen(
  (text) => {
    const [first = ''] = text.split('\n\n');
    steps.push(...(first.startsWith('[') ? (JSON.parse(first) as Step[]) : [{ result: text }]));
    play();
  },
  () => (stays ? undefined : process.exit(0)),
  () => {
    waits = false;
    play();
  },
);
