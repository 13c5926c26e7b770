/** The tables at the end of the demo. Every value in them was measured in this run, or reported by the agent. */
import type { PluginStatus } from '@vp/kernel';
import type { SessionRow } from '@vp/sdk';
import type { Screen } from '../screen.ts';

/** Moments of the run, in milliseconds of `performance.now()`. */
export interface Times {
  readonly started: number;
  readonly ready: number;
  readonly spawned: number;
  readonly proved: number;
  readonly firstEvent: number;
  readonly saved: number;
  readonly swapped: number;
  readonly ended: number;
}

/** What a run came to. */
export interface Figures {
  readonly times: Times;
  /** Rows of the plugins at the end, and of the replaced version just before it was replaced. */
  readonly plugins: readonly PluginStatus[];
  readonly replaced: PluginStatus;
  /** Microseconds. */
  readonly verdicts: readonly number[];
  readonly row: SessionRow;
}

/** Shows all tables. */
export function showFigures(screen: Screen, figures: Figures): void {
  showHooks(screen, figures);
  showPlugins(screen, figures);
  showTimes(screen, figures);
  showUsage(screen, figures.row);
}

function showHooks(screen: Screen, { plugins, replaced }: Figures): void {
  const taps = [replaced, ...plugins].flatMap(({ name, hooks }) =>
    Object.entries(hooks).map(([hook, figure]) => ({ hook, name, ...figure })),
  );
  const names = [...new Set(taps.map(({ hook }) => hook))];
  const rows = names.map((hook) => {
    const own = taps.filter((tap) => tap.hook === hook);
    const p50 = own.map(({ p50Ms }) => p50Ms).filter((ms) => ms !== null);
    const calls = own.reduce((sum, tap) => sum + tap.calls, 0);
    const failures = own.reduce((sum, tap) => sum + tap.errors + tap.timeouts, 0);
    return [hook, [...new Set(own.map(({ name }) => name))].join(', '), String(calls), micros(Math.max(...p50)), String(failures)];
  });
  screen.table(
    'Hooks',
    [{ head: 'hook' }, { head: 'tapped by' }, right('calls'), right('p50, slowest tap'), right('errors')],
    rows,
    firstBold,
  );
}

function showPlugins(screen: Screen, { plugins, replaced }: Figures): void {
  const rowOf = (plugin: PluginStatus, state: string): string[] => [
    plugin.name,
    plugin.tier,
    state,
    String(plugin.generation),
    String(plugin.calls),
    plugin.p50Ms === null ? '-' : micros(plugin.p50Ms),
    String(plugin.errors),
  ];
  const rows = plugins.flatMap((plugin) => {
    const row = rowOf(plugin, plugin.state);
    return plugin.name === replaced.name ? [rowOf(replaced, 'replaced'), row] : [row];
  });
  const columns = [
    { head: 'plugin' },
    { head: 'trust' },
    { head: 'state' },
    right('generation'),
    right('tap calls'),
    right('p50'),
    right('errors'),
  ];
  screen.table('Plugins', columns, rows, (cell, column) => (cell === 'active' ? 'green' : firstBold(cell, column)));
  screen.text('The kernel times one call of a tap in sixteen, the first one included, which runs cold.', { style: 'dim' });
}

function showTimes(screen: Screen, { times, verdicts }: Figures): void {
  const sorted = verdicts.toSorted((a, b) => a - b);
  const median = sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
  const rows = [
    ['kernel', 'start to ready', millis(times.ready - times.started)],
    ['gate', 'proved on this claude CLI, once per installation', millis(times.proved - times.spawned)],
    ['session', 'spawn to the agent’s first event', millis(times.firstEvent - times.proved)],
    ['verdict', `median of ${sorted.length}; slowest ${micros((sorted.at(-1) ?? Number.NaN) / 1_000)}`, micros(median / 1_000)],
    ['reload', 'policy saved to new version in force', millis(times.swapped - times.saved)],
    ['total', 'start to the session’s proved end', millis(times.ended - times.started)],
  ];
  screen.table('Times', [{ head: 'of' }, { head: 'what' }, right('measured')], rows, firstBold);
}

function showUsage(screen: Screen, { usage, costUsd }: SessionRow): void {
  const { inputTokens, outputTokens, cacheReadTokens, cacheCreationTokens } = usage;
  const counts = [inputTokens, outputTokens, cacheReadTokens, cacheCreationTokens].map((count) => count.toLocaleString('en-US'));
  const columns = ['tokens in', 'out', 'cache read', 'cache written', 'cost'].map(right);
  screen.table('Usage, as the agent reports it', columns, [[...counts, costUsd === null ? '-' : `$${costUsd.toFixed(4)}`]]);
  screen.text('The scripted API counts four bytes as a token; the cost is what the CLI makes of these. Nobody was paid.', { style: 'dim' });
}

function right(head: string): { head: string; right: true } {
  return { head, right: true };
}

function firstBold(_cell: string, column: number): 'bold' | [] {
  return column === 0 ? 'bold' : [];
}

function millis(ms: number): string {
  return ms >= 1_000 ? `${(ms / 1_000).toFixed(2)} s` : `${ms.toFixed(0)} ms`;
}

function micros(ms: number): string {
  if (!Number.isFinite(ms)) return '-';
  return ms >= 10 ? `${ms.toFixed(0)} ms` : `${(ms * 1_000).toFixed(0)} µs`;
}
