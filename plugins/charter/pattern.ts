/** Regular expressions in charters. */

const LITERAL = /^\/(?<source>(?:[^/\\[\n]|\\.|\[(?:[^\]\\\n]|\\.)*\])+)\/(?<flags>[dgimsuvy]*)$/;

/** Whether a text is written as a regular expression. */
export function isPattern(text: string): boolean {
  return LITERAL.test(text);
}

/**
 * One normal form, `/source/flags`. The flags d, g and y go: they say where a search goes on, and a charter asks only whether there is
 * a match.
 * @throws SyntaxError where it is no regular expression.
 */
export function normalPattern(text: string): string {
  const { source = '', flags = '' } = LITERAL.exec(text)?.groups ?? {};
  return String(new RegExp(source, flags.replaceAll(/[dgy]/g, '')));
}
