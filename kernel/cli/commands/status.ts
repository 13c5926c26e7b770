/** `vp status`: how the service is. Exit code 0 only where it is ready. */
import { homeOf } from '../../core/home.ts';
import { readStatus, type StatusFile } from '../../service/status-file.ts';
import { duration, EXIT, styled } from '../output.ts';
import type { Invocation } from '../invocation.ts';

export default async function status({ json }: Invocation): Promise<number> {
  const home = homeOf(process.env);
  const found = readStatus(home);
  if (found === undefined) {
    process.stdout.write(
      json ? '{"state":"stopped"}\n' : `${styled('dim', '○')} stopped; start it with \`vp start\` (state folder ${home})\n`,
    );
    return EXIT.notRunning;
  }
  process.stdout.write(json ? `${JSON.stringify(shape(found))}\n` : text(found, home));
  return found.state === 'ready' ? EXIT.done : EXIT.notRunning;
}

function shape({ startedAt, plugins, reloads: _reloads, ...rest }: StatusFile): object {
  const rows = plugins.map(({ name, version, tier, state, generation, errors, pending }) => ({
    name,
    version,
    tier,
    state,
    generation,
    errors,
    pending,
  }));
  return { ...rest, uptimeMs: Date.now() - Date.parse(startedAt), plugins: rows };
}

function text(found: StatusFile, home: string): string {
  const { state, pid, version, startedAt, plugins, sessions, staged, configError, memoryBytes, config } = found;
  const failing = plugins.filter((plugin) => plugin.state !== 'active');
  const lines = [
    `${styled(state === 'ready' ? 'green' : 'yellow', '●')} ${state}  pid ${pid}, up ${duration(Date.now() - Date.parse(startedAt))}, version ${version}`,
    `  sessions  ${sessions.active} active, ${sessions.queued} queued, ${sessions.completed} completed, ${sessions.failed} failed`,
    `  plugins   ${plugins.length - failing.length} of ${plugins.length} active${failing.length > 0 ? `; not: ${failing.map((one) => `${one.name} (${one.state})`).join(', ')}` : ''}`,
    `  memory    ${Math.round(memoryBytes / 1024 / 1024)} MB`,
    `  config    ${config ?? 'none'}`,
    `  state in  ${home}`,
  ];
  if (staged.length > 0) lines.push(`  ${styled('yellow', 'staged')}    ${staged.join(', ')}: run \`vp reload\` to apply`);
  if (configError !== null) lines.push(`  ${styled('red', 'config')}    the edited config is not in force: ${configError}`);
  return `${lines.join('\n')}\n`;
}
