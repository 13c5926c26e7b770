/** Tools that change nothing outside the conversation. What a sub-agent does is asked about call by call. */
import type { Tool } from './index.ts';

const nothing: Tool = () => undefined;

const NAMES = ['Task', 'Agent', 'TodoWrite', 'TodoRead', 'TaskCreate', 'TaskUpdate', 'TaskGet', 'TaskList', 'TaskOutput', 'TaskStop', 'AgentOutputTool', 'AskUserQuestion', 'EnterPlanMode', 'ExitPlanMode', 'ToolSearch', 'Skill', 'SlashCommand', 'StructuredOutput', 'ListMcpResourcesTool', 'ReadMcpResourceTool', 'SendMessage', 'LSP']; // prettier-ignore

/** Tools without effects of their own. */
export const HARMLESS: Readonly<Record<string, Tool>> = Object.fromEntries(NAMES.map((name) => [name, nothing]));
