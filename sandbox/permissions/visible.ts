/** Text of plugins in messages for people. */

/**
 * Control characters, invisible ones and those that turn the direction of writing: they show another text than the one that counts, or
 * move the cursor of a terminal.
 */
const UNSEEN = /[\p{C}\p{Zl}\p{Zp}]/u;

/** Whether a text has characters that cannot be seen. */
export function hasUnseen(text: string): boolean {
  return UNSEEN.test(text);
}

/** The text with such characters written as `\u{202e}`; line breaks stay. */
export function visible(text: string): string {
  return text.replaceAll(/[\p{C}\p{Zl}\p{Zp}]/gu, (character) =>
    character === '\n' ? character : `\\u{${character.codePointAt(0)?.toString(16) ?? ''}}`,
  );
}
