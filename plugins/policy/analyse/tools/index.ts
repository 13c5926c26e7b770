/** The agent's tools, by name. */
import type { PolicyCall } from '@vp/sdk';
import { lookup } from '../../tables/lookup.ts';
import type { Analysis, Scene } from '../analysis.ts';
import { Frame } from '../frame.ts';
import { EDITS } from './edit.ts';
import { HARMLESS } from './harmless.ts';
import { foreignTool } from './mcp.ts';
import { READS } from './read.ts';
import { SHELL_TOOLS } from './shell.ts';
import { WEB } from './web.ts';

/** Analyses the input of one tool. */
export type Tool = (frame: Frame, input: Readonly<Record<string, unknown>>, call: PolicyCall) => void;

const TOOLS = lookup<Tool>(SHELL_TOOLS, EDITS, READS, WEB, HARMLESS);

/** Analyses a call. */
export function analyseTool(analysis: Analysis, scene: Scene, call: PolicyCall): void {
  const { input } = call;
  if (typeof input !== 'object' || input === null || Array.isArray(input)) {
    return analysis.unknown('shape', 'the input of the tool is not an object');
  }
  if (scene.state.cwd === null) analysis.unknown('cwd', 'the folder of the call is not an absolute path');
  const tool = TOOLS.get(call.tool) ?? foreignTool;
  tool(new Frame(analysis, scene, undefined), input, call);
}
