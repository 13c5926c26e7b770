/** Names of tools as the agent spells them: charters of older documents write them in lower case. */

const NAMES = [
  'Agent',
  'AskUserQuestion',
  'Bash',
  'BashOutput',
  'Edit',
  'ExitPlanMode',
  'Glob',
  'Grep',
  'KillShell',
  'LS',
  'MultiEdit',
  'NotebookEdit',
  'NotebookRead',
  'Read',
  'Skill',
  'SlashCommand',
  'Task',
  'TaskOutput',
  'TaskStop',
  'TodoWrite',
  'ToolSearch',
  'WebFetch',
  'WebSearch',
  'Write',
];

const BY_FOLDED = new Map(NAMES.map((name) => [fold(name), name]));

/** The agent's spelling; a name that is not known stays as it is. */
export function toolName(written: string): string {
  return BY_FOLDED.get(fold(written)) ?? written;
}

function fold(name: string): string {
  return name.toLowerCase().replaceAll(/[\s_-]/g, '');
}
