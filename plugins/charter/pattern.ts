/** Regular expressions in charters. */

const LITERAL = /^\/(?<source>(?:[^/\\[\n]|\\.|\[(?:[^\]\\\n]|\\.)*\])+)\/(?<flags>[dgimsuvy]*)$/;

/**
 * One normal form, `/source/flags`. A text that is not written like that is a source without flags. The flags d, g and y go: they
 * say where a search goes on, and a charter asks only whether there is a match.
 * @throws SyntaxError where it is no regular expression.
 */
export function normalPattern(text: string): string {
  const literal = LITERAL.exec(text)?.groups;
  if (!literal) return String(new RegExp(text));
  return String(new RegExp(literal['source'] ?? '', (literal['flags'] ?? '').replaceAll(/[dgy]/g, '')));
}
