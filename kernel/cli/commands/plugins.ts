/** `vp plugins`: each plugin of the running service, and how it behaves. */
import { kernelError } from '../../core/errors.ts';
import { homeOf } from '../../core/home.ts';
import type { PluginStatus } from '../../core/plugin.ts';
import { readStatus } from '../../service/status-file.ts';
import { EXIT, styled, table } from '../output.ts';
import type { Invocation } from '../invocation.ts';

export default async function plugins({ json }: Invocation): Promise<number> {
  const status = readStatus(homeOf(process.env));
  if (status === undefined) throw kernelError('VP_NOT_RUNNING');
  process.stdout.write(json ? `${JSON.stringify(status.plugins)}\n` : text(status.plugins));
  return EXIT.done;
}

function text(rows: readonly PluginStatus[]): string {
  if (rows.length === 0) return 'no plugin is configured: this kernel does nothing\n';
  const heading = ['PLUGIN', 'VERSION', 'TIER', 'STATE', 'GEN', 'CALLS', 'P50 MS', 'P99 MS', 'ERRORS'];
  const lines = table(heading, rows.map(row));
  const notes = rows.flatMap(({ name, pending, lastError }) => {
    if (pending !== null) return [`${styled('yellow', name)}: ${pending}`];
    return lastError === null ? [] : [`${styled('dim', `${name}: last error: ${lastError}`)}`];
  });
  return `${[...lines, ...notes].join('\n')}\n`;
}

function row(plugin: PluginStatus): string[] {
  const { name, version, tier, state, generation, calls, p50Ms, p99Ms, errors } = plugin;
  const colour = state === 'active' ? 'green' : state === 'failed' ? 'red' : 'yellow';
  return [
    name,
    version,
    tier,
    styled(colour, state),
    String(generation),
    String(calls),
    milliseconds(p50Ms),
    milliseconds(p99Ms),
    String(errors),
  ];
}

function milliseconds(ms: number | null): string {
  return ms === null ? '-' : ms.toFixed(3);
}
