/** Tools of MCP servers and tools that nothing is known of. */
import type { Tool } from './index.ts';

/** A tool that is not the agent's own. */
export const foreignTool: Tool = (frame, _input, call) => {
  const name = String(call.tool);
  const hints = frame.context.toolHints?.(name);
  if (hints?.readOnly === true && hints.destructive !== true) return;
  frame.effect('exec.unknown-tool', name, { certain: hints === undefined });
  if (!name.startsWith('mcp__')) frame.analysis.unknown('tool', `the tool ${name} is not known`);
};
