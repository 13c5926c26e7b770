/** `vp plugins [NAME]`: each plugin of the running service and how it behaves, or one of them in full. */
import { stripVTControlCharacters } from 'node:util';
import { kernelError } from '../../core/errors.ts';
import { homeOf } from '../../core/home.ts';
import type { PluginStatus } from '../../core/plugin.ts';
import { readStatus } from '../../service/status-file.ts';
import { EXIT, styled, table } from '../output.ts';
import type { Invocation } from '../invocation.ts';

const HEADING = ['PLUGIN', 'VERSION', 'TIER', 'STATE', 'GEN', 'CALLS', 'P50 MS', 'P99 MS', 'ERRORS', 'MEMORY', 'CPU', 'KILLS'];
/** What a kernel of an earlier version does not say. */
const UNSAID = { permissions: null, words: [], memoryBytes: null, cpuMs: null, kills: [], quarantined: null, dropped: null } as const;

export default async function plugins({ args, json }: Invocation): Promise<number> {
  const status = readStatus(homeOf(process.env));
  if (status === undefined) throw kernelError('VP_NOT_RUNNING');
  const all = status.plugins.map((row) => ({ ...UNSAID, ...row }));
  const [name] = args;
  const rows = name === undefined ? all : [named(name, all)];
  if (json) process.stdout.write(`${JSON.stringify(name === undefined ? rows : rows[0])}\n`);
  else process.stdout.write(`${(name === undefined ? overview(rows) : rows.flatMap(inFull)).join('\n')}\n`);
  return EXIT.done;
}

function named(name: string, rows: readonly PluginStatus[]): PluginStatus {
  const found = rows.find((row) => row.name === name);
  if (found) return found;
  throw kernelError('VP_PLUGIN_UNKNOWN', { plugin: name, known: rows.map((row) => row.name).join(', ') || 'none' });
}

function overview(rows: readonly PluginStatus[]): string[] {
  if (rows.length === 0) return ['no plugin is configured: this kernel does nothing'];
  const notes = rows.flatMap(({ name, pending, quarantined, lastError }) => {
    if (quarantined !== null) return [`${styled('red', name)}: given up, ${plain(quarantined.reason)}; to try again: ${quarantined.lift}`];
    if (pending !== null) return [`${styled('yellow', name)}: ${plain(pending)}`];
    return lastError === null ? [] : [styled('dim', `${name}: last error: ${plain(lastError)}`)];
  });
  const sandboxed = rows.flatMap(({ name, permissions, state: now }) => {
    if (permissions === null || now !== 'active') return [];
    return [`${name} may use: ${Object.keys(permissions).join(', ') || 'nothing'}; more with \`vp plugins ${name}\``];
  });
  return [...table(HEADING, rows.map(cellsOf)), ...notes, ...sandboxed];
}

function cellsOf(plugin: PluginStatus): string[] {
  const { name, version, tier, generation, calls, p50Ms, p99Ms, errors, memoryBytes, cpuMs, kills } = plugin;
  return [
    name,
    version,
    tier,
    state(plugin),
    String(generation),
    String(calls),
    milliseconds(p50Ms),
    milliseconds(p99Ms),
    String(errors),
    memoryBytes === null ? '-' : megabytes(memoryBytes),
    cpuMs === null ? '-' : seconds(cpuMs),
    kills.length === 0 ? '-' : `${kills.length}, ${kills.at(-1)?.reason ?? ''}`,
  ];
}

/** All that is known of one plugin. */
function inFull(plugin: PluginStatus): string[] {
  const { name, version, tier, generation, errors, memoryBytes, cpuMs, lastError, pending } = plugin;
  const facts: readonly (readonly [string, string | null])[] = [
    ['tier', tier],
    ['state', `${state(plugin)}, generation ${generation}`],
    ['calls', callsOf(plugin)],
    ['errors', `${errors}${lastError === null ? '' : `; the last: ${plain(lastError)}`}`],
    ['pending', pending === null ? null : plain(pending)],
    ['provides', plugin.provides.join(', ') || null],
    ['owns', plugin.owns.join(', ') || null],
    ['memory', memoryBytes === null ? null : megabytes(memoryBytes)],
    ['CPU', cpuMs === null ? null : seconds(cpuMs)],
    ['dropped', dropped(plugin)],
  ];
  return [
    `${styled('bold', name)} ${version}`,
    ...facts.flatMap(([label, value]) => (value === null ? [] : [`  ${styled('dim', label.padEnd(9))}${value}`])),
    ...mayLines(plugin),
    ...killLines(plugin),
  ];
}

function callsOf({ calls, hooks, p50Ms, p99Ms }: PluginStatus): string {
  const each = Object.entries(hooks).map(([hook, figures]) => `${hook} ${figures.calls}`);
  const times = p50Ms === null ? '' : `; p50 ${milliseconds(p50Ms)} ms, p99 ${milliseconds(p99Ms)} ms`;
  return `${calls}${each.length === 0 ? '' : ` (${each.join(', ')})`}${times}`;
}

function mayLines({ tier, permissions, words }: PluginStatus): string[] {
  if (permissions === null && tier === 'sandboxed')
    return ['', 'It has never run, so nothing is in force; `vp plugin check` prints what it asks for.'];
  if (permissions === null) return ['', 'It runs in the kernel and may do all that the kernel may.'];
  return ['', 'What it may do', ...(words.length === 0 ? ['  nothing'] : words.map((line) => `  - ${line}`))];
}

function killLines({ name, kills, quarantined }: PluginStatus): string[] {
  const rows = kills.map(({ at, reason, detail }) => [`  ${at}`, reason, plain(detail)]);
  const history = rows.length === 0 ? [] : ['', ...table(['  ENDED AT', 'REASON', 'DETAIL'], rows)];
  if (quarantined === null) return history;
  const { since, reason, lift } = quarantined;
  return [
    ...history,
    '',
    styled('red', `${name} was given up at ${since}: ${plain(reason)}`),
    `To try again, once it is mended or as it is: ${lift}`,
  ];
}

function dropped({ dropped: counts }: PluginStatus): string | null {
  const said = Object.entries(counts ?? {}).filter(([, count]) => count > 0);
  return said.length === 0 ? null : said.map(([what, count]) => `${count} ${what}`).join(', ');
}

/** Words that may be a plugin's: on their lines, without control characters, so that they cannot pass for ours or move the cursor. */
function plain(text: string): string {
  return stripVTControlCharacters(text)
    .replaceAll(/\s*\n\s*/g, ' ')
    .replaceAll(/[\p{Cc}\p{Cf}]/gu, '');
}

function state({ state: name, quarantined }: PluginStatus): string {
  if (quarantined !== null) return styled('red', 'quarantined');
  return styled(name === 'active' ? 'green' : name === 'failed' ? 'red' : 'yellow', name);
}

function milliseconds(ms: number | null): string {
  return ms === null ? '-' : ms.toFixed(3);
}

function megabytes(bytes: number): string {
  return `${(bytes / 1_048_576).toFixed(0)} MB`;
}

function seconds(ms: number): string {
  return `${(ms / 1_000).toFixed(2)} s`;
}
