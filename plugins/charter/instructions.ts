/** The session's CLAUDE.md: the charter in words, for the agent. */
import type { Charter } from '@vp/sdk';
import { isPattern } from './pattern.ts';

/** What a session adds to its charter. */
export interface SessionContext {
  readonly task: string;
  /** Absolute path of the working directory. */
  readonly cwd: string;
  readonly memory?: string;
  readonly project?: string;
}

/** Writes the instructions as Markdown. Sections without content are left out. */
export function instructionsFor(charter: Charter, context: SessionContext): string {
  const sections = [
    section('Who you are', identity(charter)),
    section('What your work is for', list(charter.objectives)),
    section('Your standing duties', list(charter.responsibilities)),
    section('What you can do', list(charter.capabilities)),
    section('What you must not do', constraints(charter)),
    section('Your limits', limits(charter)),
    section('Your task', [`You work in \`${context.cwd}\`.`, context.task.trim()].filter(Boolean).join('\n\n')),
    section('What you remember', remembered(context.memory)),
    section('About the project', context.project?.trim() ?? ''),
  ];
  return `${[`# ${charter.identity.name}: instructions of this session`, ...sections.filter(Boolean)].join('\n\n')}\n`;
}

function section(title: string, body: string): string {
  return body === '' ? '' : `## ${title}\n\n${body}`;
}

function identity({ identity: who, name, role, tier }: Charter): string {
  const title = who.role ?? role;
  const known = name === who.name ? '' : ` (known to the system as \`${name}\`)`;
  const lines = [
    `You are **${who.name}**${known}, ${title}, tier ${tier} of 3.`,
    who.description ?? '',
    who.personality === undefined ? '' : `Manner: ${who.personality}`,
    who.email === undefined ? '' : `Your address: ${who.email}`,
  ];
  return lines.filter(Boolean).join('\n\n');
}

function constraints({ constraints: rules }: Charter): string {
  const parts = [
    group('Never run these commands, in any spelling or through any wrapper:', rules.forbiddenCommands.map(code)),
    group('Never run anything that matches these regular expressions:', rules.forbiddenPatterns.filter(isPattern).map(code)),
    group('Never do this:', [...rules.forbiddenPatterns.filter((rule) => !isPattern(rule)), ...rules.alwaysReject]),
    group('A person must approve before you do this:', rules.requiredApprovals),
    group('Wait for a yes before you do this:', rules.requireConfirmation),
    group('Leave this to a guardian; say what is needed and stop there:', rules.escalate),
    group('You may do this without asking:', rules.autoApprove),
    'Every tool call is judged before it runs. When one is refused, the answer says why and what would be allowed instead: do that, or ' +
      'say that you cannot go on. Do not seek the same effect by another way.',
  ];
  return parts.filter(Boolean).join('\n\n');
}

function limits({ resources, operational }: Charter): string {
  const time = resources.maxExecutionTime ?? operational.timeout;
  const lines = [
    time === undefined ? '' : `Time: ${duration(time)}`,
    resources.maxTokens === undefined ? '' : `Tokens: ${count(resources.maxTokens)}`,
    resources.maxTurns === undefined ? '' : `Turns: ${count(resources.maxTurns)}`,
    resources.maxCostUsd === undefined ? '' : `Cost: US$ ${resources.maxCostUsd}`,
    resources.tokenBudget.hourly === undefined ? '' : `Tokens an hour, with your other sessions: ${count(resources.tokenBudget.hourly)}`,
    resources.tokenBudget.daily === undefined ? '' : `Tokens a day, with your other sessions: ${count(resources.tokenBudget.daily)}`,
    resources.maxSessions === undefined ? '' : `Sessions at one time: ${count(resources.maxSessions)}`,
    resources.maxConcurrentTasks === undefined ? '' : `Tasks at one time: ${count(resources.maxConcurrentTasks)}`,
    tools(resources.allowedTools),
  ].filter(Boolean);
  return lines.length === 0 ? '' : `${list(lines)}\n\nThe session ends when a limit is reached. Leave finished work behind at every step.`;
}

function tools(allowed: readonly string[] | undefined): string {
  if (allowed === undefined) return '';
  return allowed.length === 0 ? 'Tools: none' : `Tools: only ${allowed.map(code).join(', ')}`;
}

function remembered(memory: string | undefined): string {
  const text = memory?.trim() ?? '';
  return text === '' ? '' : `Notes from earlier work. They may be out of date: check before you rely on them.\n\n${text}`;
}

function group(title: string, items: readonly string[]): string {
  return items.length === 0 ? '' : `${title}\n\n${list(items)}`;
}

function list(items: readonly string[]): string {
  return items.map((item) => `- ${item.replaceAll(/\s*\n\s*/g, ' ')}`).join('\n');
}

/** As a code span, fenced by one backtick more than the text holds in a row. */
function code(text: string): string {
  const longest = Math.max(0, ...[...text.matchAll(/`+/g)].map(([run]) => run.length));
  const fence = '`'.repeat(longest + 1);
  return longest === 0 ? `${fence}${text}${fence}` : `${fence} ${text} ${fence}`;
}

function count(value: number): string {
  return value.toLocaleString('en-US');
}

function duration(ms: number): string {
  if (ms < 1_000) return `${ms} ms`;
  if (ms < 120_000) return `${Math.round(ms / 100) / 10} seconds`;
  return `${Math.round(ms / 6_000) / 10} minutes`;
}
