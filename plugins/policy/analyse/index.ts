/** What a tool call would do: from its words to facts, without running anything. */
import type { PolicyCall } from '@vp/sdk';
import type { AnalyseContext, Facts } from '../types.ts';
import { Analysis, type Engine, type Scene } from './analysis.ts';
import { absolute, type Ground } from './paths.ts';
import { runWords } from './run.ts';
import type { State } from './state.ts';
import { QUIET } from '../types.ts';
import { analyseTool } from './tools/index.ts';
import { walkCommand, walkList, walkScript, walkText } from './walk.ts';

const ENGINE: Engine = { text: walkText, script: walkScript, list: walkList, command: walkCommand, words: runWords };

/** Facts of a call. Never throws: what goes wrong inside is an unknown. */
export function analyse(call: PolicyCall, context: AnalyseContext): Facts {
  const analysis = new Analysis(groundOf(call, context), ENGINE);
  try {
    analyseTool(analysis, firstScene(call), call);
  } catch (error) {
    // Nothing analysed is not harmless. A defect here asks a person instead of letting the call pass.
    analysis.unknown('unparsed', `the analysis failed: ${error instanceof Error ? error.message : 'unknown reason'}`);
  }
  return analysis.facts();
}

function groundOf(call: PolicyCall, context: AnalyseContext): Ground {
  const workspace = absolute('/', String(call.workspace ?? call.cwd ?? '/'));
  return { context, workspace, realWorkspace: context.resolvePath(workspace), traces: { written: new Map(), links: new Map() } };
}

/** Where a call begins: in its folder, with nothing known but the environment. */
function firstScene(call: PolicyCall): Scene {
  const state: State = {
    cwd: typeof call.cwd === 'string' && call.cwd.startsWith('/') ? absolute('/', call.cwd) : null,
    also: [],
    vars: new Map(),
    exported: new Set(),
    functions: new Map(),
    aliases: new Map(),
    positional: [],
    folders: [],
    stdin: QUIET,
    remote: null,
    mounts: null,
    ended: false,
  };
  return { state, via: [], outer: undefined, certain: true, quiet: false, depth: 0, syntax: 0, calls: [], beside: false };
}
