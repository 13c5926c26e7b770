/** One program, run from load to unload beside a good plugin. */
import { limitsOf, WINDOW_MS } from '../../sandbox/limits.ts';
import type { Evidence } from './evidence.ts';
import { Fixture } from './fixture.ts';
import { HostileKernel, NEIGHBOUR, type RunOptions } from './kernel.ts';
import { Loop, pause, until } from './loop.ts';
import type { Variant } from './package.ts';
import { hostProcesses } from './processes.ts';
import type { Program } from './programs.ts';

const CALLS = 20;
/** For what a program does by itself once it is up, and once it was unloaded. */
const LINGER_MS = 400;
/** A process that used less than this meanwhile is at rest. */
const RESTING_MS = 40;
/** A program that ticks for ever is waited for no longer than this many times. */
const TURNS = 15;

/** Runs a program. Whatever it does, everything is taken down. */
export async function run(program: Program, variant: Variant, options: RunOptions = {}): Promise<Evidence> {
  const fixture = new Fixture({ swap: program.grant.fs !== undefined });
  const began = performance.now();
  const loop = new Loop();
  const hostile = new HostileKernel(fixture, [{ program, variant }], options);
  const [plugin = ''] = hostile.names;
  try {
    await hostile.kernel.start();
    await loop.mark();
    const wasActive = hostile.row(plugin)?.state === 'active';
    await linger(hostile, plugin, program);
    await loop.mark();
    for (let turn = 0; turn < CALLS; turn += 1) await hostile.ask(turn);
    await loop.mark();
    await linger(hostile, plugin, program);
    const neighbour = hostile.row(NEIGHBOUR);
    const row = hostile.row(plugin);
    const refusal = row?.state === 'failed' ? hostile.refusals.get(plugin) : undefined;
    const afterUnload = await unload(hostile, plugin);
    const last = hostile.row(plugin);
    await hostile.stop();
    await loop.mark();
    await until(() => hostProcesses().length === 0, 5_000);
    return {
      program,
      variant,
      plugin,
      told: hostile.told.get(plugin) ?? [],
      refusal,
      wasActive,
      kills: last?.kills ?? [],
      dropped: last?.dropped ?? { logs: 0, messages: 0, events: 0 },
      calls: hostile.calls,
      lines: hostile.lines.get(plugin) ?? [],
      lineCap: limitsOf(options.limits).logLines * (2 + Math.floor((performance.now() - began) / WINDOW_MS)),
      afterUnload,
      sent: hostile.network.sent,
      changes: fixture.changes(),
      secrets: fixture.secrets,
      isPolluted: ({} as { polluted?: unknown }).polluted !== undefined,
      neighbour: neighbourOf(hostile, neighbour),
      loop: { turns: loop.turns, longestMs: loop.longestMs, heldMs: loop.heldMs },
      processesLeft: hostProcesses(),
    };
  } finally {
    loop.stop();
    await hostile.stop();
    await fixture.remove();
  }
}

/** Waits until the program has done what it does by itself: nothing new is heard of it for a while, and its process rests. */
async function linger(hostile: HostileKernel, plugin: string, program: Program): Promise<void> {
  if (hostile.row(plugin)?.state !== 'active') return;
  if (program.grant.timers === true) await until(() => (hostile.lines.get(plugin)?.length ?? 0) > 0, 2_000);
  for (let turn = 0, last = '', cpu = 0; turn < TURNS; turn += 1) {
    const row = hostile.row(plugin);
    const heard = `${hostile.told.get(plugin)?.length} ${row?.kills.length}`;
    const used = row?.cpuMs ?? 0;
    if (heard === last && Math.abs(used - cpu) < RESTING_MS) return;
    last = heard;
    cpu = used;
    await pause(LINGER_MS);
  }
}

/** Stops the plugin; gives all that is heard of it from then on. */
async function unload(hostile: HostileKernel, plugin: string): Promise<string[]> {
  await hostile.kernel.stopPlugin(plugin);
  const told = hostile.told.get(plugin)?.length ?? 0;
  const lines = hostile.lines.get(plugin)?.length ?? 0;
  await pause(LINGER_MS);
  const late = (hostile.told.get(plugin) ?? []).slice(told).map(({ what, a }) => `told: ${what} ${a}`);
  return [...late, ...(hostile.lines.get(plugin) ?? []).slice(lines).map(({ text }) => `logged: ${text}`)];
}

function neighbourOf(hostile: HostileKernel, row: ReturnType<HostileKernel['row']>): Evidence['neighbour'] {
  const asked = hostile.calls.filter((call) => call.command.startsWith('rm '));
  const said = asked.map((call) => call.findings.filter((one) => one.plugin === NEIGHBOUR && one.level === 'deny'));
  const answered = said.filter((findings) => findings.length > 0).length;
  // On a busy machine it may be late now and then: denied as well, but by the kernel.
  const spoken = said.filter((findings) => findings.some((one) => one.reason === 'rm is not for agents')).length;
  return { state: row?.state ?? 'gone', kills: row?.kills.length ?? 0, asked: asked.length, answered, spoken };
}
