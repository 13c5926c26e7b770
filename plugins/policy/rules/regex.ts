/** Regular expressions of a charter. They see text, not what it does, so they may only raise a verdict. */
import type { Span } from '@vp/sdk';
import type { Action } from './action.ts';

const LITERAL = /^\/(?<source>.+)\/(?<flags>[imsuv]*)$/s;

/** Inputs that hold the content of a file or words for another model: text that nothing runs. */
const CONTENT = new Set(['content', 'new_string', 'old_string', 'new_source', 'edits', 'prompt', 'description', 'todos', 'plan']);

/** The expression of an entry that is written as `/source/flags`; undefined for any other. */
export function regexOf(text: string): RegExp | undefined {
  const { source, flags } = LITERAL.exec(text)?.groups ?? {};
  if (source === undefined) return undefined;
  try {
    return new RegExp(source, flags);
  } catch {
    return undefined;
  }
}

/** Where an expression matches a call: its command, its words after quotes are removed, its paths and addresses. */
export function regexFits(regex: RegExp, { call, facts }: Action): (Span | null)[] {
  const texts: readonly (readonly [text: string, span: Span | undefined])[] = [
    ...Object.entries(call.input).flatMap(([key, value]) =>
      typeof value === 'string' && !CONTENT.has(key) ? [[value, undefined] as const] : [],
    ),
    ...facts.commands.map(({ argv, span }) => [argv.map((word) => word ?? '').join(' '), span] as const),
  ];
  for (const [text, span] of texts) {
    const match = regex.exec(text);
    if (!match) continue;
    const isCommand = text === call.input['command'];
    return [span ?? (isCommand ? { start: match.index, end: match.index + match[0].length } : null)];
  }
  return [];
}
