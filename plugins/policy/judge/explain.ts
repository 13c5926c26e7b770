/** A verdict in words: for a person and for the agent. Pure. */
import type { Effect, Explanation, Facts, JudgedFinding, Judgement, PolicyCall, SimpleCommand, Span } from '@vp/sdk';
import { caretLines } from './caret.ts';
import { decisiveOf } from './join.ts';

const MAX_ROWS = 20;

/** Explains a verdict. */
export function explain(call: PolicyCall, facts: Facts, judgement: Judgement): Explanation {
  return { judgement, facts, lines: linesFor(call, facts, judgement), brief: briefFor(judgement, facts) };
}

/** One line for the agent: what stands in its way, and what does not. */
export function briefFor(judgement: Judgement, facts: Facts): string {
  const finding = decisiveOf(judgement.findings);
  if (!finding) return 'Allowed.';
  const head = finding.level === 'deny' ? 'Denied by' : "Needs a person's approval:";
  const via = viaOf(finding, facts);
  const instead = finding.instead === null ? '' : ` Instead: ${finding.instead}.`;
  return `${head} ${placeOf(finding)}: ${finding.reason}${via === '' ? '' : ` (reached through ${via})`}.${instead}`;
}

function linesFor(call: PolicyCall, facts: Facts, judgement: Judgement): string[] {
  const text = textOf(call);
  const finding = decisiveOf(judgement.findings);
  return [
    `${judgement.verdict}${finding ? `: ${finding.reason}` : ': nothing objects'}`,
    ...section('tool', [`${call.tool} in ${call.cwd}`]),
    ...section('commands', facts.commands.map(commandLine)),
    ...section('effects', facts.effects.map(effectLine)),
    ...section(
      'cannot be told',
      facts.unknowns.map(({ what, why }) => `${what}: ${why}`),
    ),
    ...section('rules', judgement.findings.map(findingLine)),
    ...(finding?.span && text !== undefined ? section('decided by', caretLines(text, finding.span)) : []),
    ...section('reached through', finding ? [viaOf(finding, facts)].filter((via) => via !== '') : []),
    ...section('allowed instead', finding?.instead ? [finding.instead] : []),
    ...section('time', [`${judgement.micros} µs`]),
  ];
}

function section(title: string, rows: readonly string[]): string[] {
  const shown = rows.slice(0, MAX_ROWS).map((row) => `    ${row}`);
  const more = rows.length > MAX_ROWS ? [`    and ${rows.length - MAX_ROWS} more`] : [];
  return rows.length === 0 ? [] : [`  ${title}`, ...shown, ...more];
}

function commandLine({ name, argv, cwd, via }: SimpleCommand): string {
  const words = argv.map((word) => (word === null ? '‹?›' : quoted(word))).join(' ');
  const through = via.length === 0 ? '' : `, through ${via.join(' > ')}`;
  return `${name === null ? '‹?› ' : ''}${words} (in ${cwd ?? 'a folder that cannot be told'}${through})`;
}

function effectLine({ op, target, scope, certain, words }: Effect): string {
  const where = [target === null ? 'a target that cannot be told' : target, ...(scope === undefined ? [] : [scope])].join(', ');
  return `${op}: ${words} [${where}]${certain ? '' : ', perhaps'}`;
}

function findingLine(finding: JudgedFinding): string {
  const { level, reason, dischargedBy } = finding;
  return `${level.padEnd(4)} ${placeOf(finding)}: ${reason}${dischargedBy === null ? '' : ` — lifted by ${dischargedBy}`}`;
}

function placeOf({ rule, from, source }: JudgedFinding): string {
  return `${rule} (${source === null ? from : `${from}, ${source}`})`;
}

/** Through what the deciding command was reached. */
function viaOf({ span }: JudgedFinding, { commands, effects }: Facts): string {
  if (!span) return '';
  const isIt = (one: { readonly span?: Span }): boolean => one.span?.start === span.start && one.span.end === span.end;
  const index = effects.find((effect) => effect.command !== undefined && isIt(effect))?.command;
  const command = index === undefined ? commands.find(isIt) : commands[index];
  return command ? command.via.join(' > ') : '';
}

function textOf({ tool, input }: PolicyCall): string | undefined {
  const command = tool === 'Bash' ? input['command'] : undefined;
  return typeof command === 'string' ? command.normalize('NFC') : undefined;
}

function quoted(word: string): string {
  return /^[\w@%+=:,./~-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
}
