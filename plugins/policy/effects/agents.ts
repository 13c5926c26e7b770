/** VP itself, and programs that are agents. Sources: INTERFACES of VP; the command-line references of the agents. */
import type { Handler, Handlers } from '../types.ts';

/** Flags with which an agent asks nobody. */
const UNGUARDED =
  /^--(?:dangerously-[\w-]+|allow-dangerously-[\w-]+|yolo|full-auto|auto-approve|yes-always|trust-all-tools|ask-for-approval(?:=never)?|permission-mode=bypassPermissions|settings|mcp-config|permission-prompt-tool)(?:=|$)|^-y$/;

const agent: Handler = (cmd, shell) => {
  const { args } = cmd;
  if (args.some((arg) => /^(?:--version|-v|--help|-h)$/.test(arg.text)) && args.length === 1) return;
  const mode = args.findIndex((arg) => arg.text.startsWith('--permission-mode'));
  const bypass =
    args.some((arg) => UNGUARDED.test(arg.text)) ||
    (mode >= 0 && /bypass|dontAsk|acceptEdits/.test(`${args[mode]?.text ?? ''} ${args[mode + 1]?.text ?? ''}`));
  if (bypass) shell.effect('guard.bypass', [cmd.name, ...args.map((arg) => arg.text)].join(' ').slice(0, 120));
  const [verb] = args;
  if (/^(?:config|mcp|plugin|setup-token|install|update|hooks)$/.test(verb?.text ?? '') && !/^(?:list|get|ls)$/.test(args[1]?.text ?? ''))
    shell.effect('guard.agent', `${cmd.name} ${verb?.text ?? ''}`);
  else shell.effect('exec.agent', cmd.name);
};

/** Orders to VP. What only shows something is let be. */
const vp: Handler = (cmd, shell) => {
  const words = cmd.args.filter((arg) => !arg.text.startsWith('-')).map((arg) => arg.text);
  const text = words.join(' ');
  if (
    /^(?:|status|sessions|doctor|help|plugins|approvals|budget|session (?:show|logs)\b.*|policy (?:test|explain)\b.*|charter check\b.*|audit verify|config show|plugin check\b.*)$/.test(
      text,
    )
  )
    return;
  shell.effect('guard.vp-command', `vp ${text}`.slice(0, 120));
};

/** Agents. */
export const AGENTS: Handlers = {
  vp,
  claude: agent,
  'claude-code': agent,
  codex: agent,
  gemini: agent,
  'gemini-cli': agent,
  aider: agent,
  opencode: agent,
  goose: agent,
  crush: agent,
  amp: agent,
  q: agent,
  'cursor-agent': agent,
  cursor: agent,
  copilot: agent,
  qwen: agent,
};
