/** A machine made of nothing: links and files only where a test gives them. */
import { analyse } from '../../../../plugins/policy/analyse/index.ts';
import type { AnalyseContext, Facts } from '../../../../plugins/policy/types.ts';

export const HOME = '/home/agent';
export const WORKSPACE = '/work/project';

/** What a test may say of the machine. */
export interface Given {
  readonly links?: Readonly<Record<string, string>>;
  readonly files?: Readonly<Record<string, string>>;
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
}

function contextOf({ links = {}, files = {}, env = {} }: Given): AnalyseContext {
  return {
    home: HOME,
    env: (name) => env[name],
    resolvePath: (path) => {
      const link = Object.keys(links).find((from) => path === from || path.startsWith(`${from}/`));
      return link === undefined ? path : `${links[link] ?? ''}${path.slice(link.length)}`;
    },
    readScript: (path) => files[path],
    vp: { home: `${HOME}/.local/state/vp`, guarded: [`${WORKSPACE}/vp.config.ts`] },
  };
}

/** Facts of a shell command. */
export function facts(command: string, given: Given = {}): Facts {
  return tool('Bash', { command }, given);
}

/** Facts of any tool's call. */
export function tool(name: string, input: Record<string, unknown>, given: Given = {}): Facts {
  return analyse({ tool: name, input, cwd: given.cwd ?? WORKSPACE, workspace: WORKSPACE }, contextOf(given));
}

/** Each effect as `op scope target`, with `?` where it may happen or not; unknowns as `unknown what`. */
export function told(found: Facts): string[] {
  const lines = found.effects.map(({ op, scope, target, certain }) => `${op}${certain ? '' : '?'} ${scope ?? '-'} ${target ?? 'null'}`);
  return [...lines, ...found.unknowns.map(({ what }) => `unknown ${what}`)];
}

/** Of a command. */
export function effects(command: string, given: Given = {}): string[] {
  return told(facts(command, given));
}

/** Operations of a command, without their targets. */
export function ops(command: string, given: Given = {}): string[] {
  return [...new Set(facts(command, given).effects.map(({ op }) => op))];
}
