/**
 * In a process of its own: ends a sandboxed plugin's host many times (`crashes`), or reloads the plugin (`reloads`), while verdicts are
 * asked for. Prints what this process holds on the way, as JSON.
 */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import type { PluginContext } from '@vp/sdk';
import { preCommand } from '@vp/sdk/testing';
import { createKernel } from '../../../kernel/core/kernel.ts';
import { createSandbox } from '../../../sandbox/index.ts';
import { hostProcesses } from '../../hostile/processes.ts';

/** What it prints. */
export interface Churned {
  readonly marks: readonly { readonly heapMb: number; readonly fds: number; readonly children: number; readonly files: number }[];
  /** Verdicts that came. */
  readonly answered: number;
  /** Those that were not what was asked for. */
  readonly odd: readonly unknown[];
  /** Children after the stop of the kernel. */
  readonly left: number;
}

const MARKS = 5;
const [dir = '', mode = 'crashes', times = '1'] = process.argv.slice(2);
const count = Number(times);
const home = join(dir, '.home');
const marks: Churned['marks'][number][] = [];
const odd: unknown[] = [];
let answered = 0;
let context: PluginContext | undefined;
Object.assign(globalThis, { joined: (ctx: PluginContext) => (context = ctx) });

function write(version: number): void {
  writeFileSync(
    join(dir, 'p.ts'),
    `import { deny, definePlugin } from '@vp/sdk';
export default definePlugin({ name: 'p', hooks: { 'pre-command': (call, ctx) => deny('${version} ' + (ctx.previous?.state.version ?? -1) + ' ' + call.id) },
  setup(ctx) { ctx.snapshot(() => ({ version: ${version} })); } });\n`,
  );
}

/** Asks for a verdict: it must come from one version, which was handed what the one before it had left, and be about this very call. */
async function ask(n: number): Promise<void> {
  const id = `call-${n}`;
  const findings = (await context?.fire('pre-command', preCommand({ id }))) ?? [];
  answered += 1;
  const [version, previous, call] = findings[0]?.reason.split(' ') ?? [];
  const isRight = call === id && Number(previous) === Number(version) - 1;
  if (!isRight || findings.length !== 1 || findings[0]?.level !== 'deny') odd.push(findings);
}

async function mark(isFirstOrLast: boolean): Promise<void> {
  // A compiler waits a while for further work, and then ends.
  while (isFirstOrLast && childCount() > hostProcesses().length) await pause(50);
  // What was opened for the last step is closed a moment later.
  for (let n = 0; n < 5; n += 1) {
    await pause(20);
    globalThis.gc?.();
  }
  const heapMb = process.memoryUsage().heapUsed / 1_048_576;
  const fds = readdirSync('/proc/self/fd').length;
  const files = readdirSync(home, { recursive: true }).length;
  marks.push({ heapMb, fds, children: childCount(), files });
}

function childCount(): number {
  const tasks = readdirSync('/proc/self/task');
  return tasks.flatMap((task) => readFileSync(`/proc/self/task/${task}/children`, 'utf8').split(' ').filter(Boolean)).length;
}

async function crash(n: number): Promise<void> {
  const [pid] = hostProcesses();
  if (pid === undefined) throw new Error('no host runs');
  process.kill(pid, 'SIGKILL');
  // Until the next one is there, a call may still go to this one, and is denied.
  for (let next = pid; next === pid; [next = pid] = hostProcesses()) await pause(2);
  await ask(n);
}

let asked = 0;
let isOver = false;

/** Verdicts all the time while versions change. */
async function askOn(): Promise<void> {
  while (!isOver) {
    await ask((asked += 1));
    await pause(1);
  }
}

async function reload(n: number): Promise<void> {
  write(n);
  const [outcome] = await kernel.reload('p');
  if (outcome?.result !== 'swapped') throw new Error(`reload ${n}: ${JSON.stringify(outcome)}`);
}

writeFileSync(join(dir, 'asker.ts'), `export default { name: 'asker', fires: ['pre-command'], setup: (ctx) => globalThis.joined(ctx) };\n`);
write(0);
const plugins = [{ use: './asker.ts', trust: 'kernel' as const }, './p.ts'];
const config = { plugins, deadlines: { 'pre-command': 60_000, setup: 60_000 }, reload: { watch: false } };
const kernel = createKernel(config, {
  home,
  baseDir: dir,
  env: {},
  runtime: (options) => Promise.resolve(createSandbox(options, { restarts: Array.from({ length: 10 * count }, () => 0) })),
});
await kernel.start();
await ask(0);
const asking = mode === 'reloads' ? [askOn(), askOn()] : [];
for (let n = 1; n <= count; n += 1) {
  await (mode === 'reloads' ? reload(n) : crash(n));
  if (n % (count / MARKS) === 0) await mark(marks.length === 0 || n === count);
}
isOver = true;
await Promise.all(asking);
await kernel.stop();
await pause(100);
const churned: Churned = { marks, answered: answered - 1, odd, left: childCount() };
process.stdout.write(JSON.stringify(churned));
