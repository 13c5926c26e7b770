/** Asks a person at the terminal. */
import { createInterface } from 'node:readline/promises';

/** Whether somebody is there to answer. */
export function canAsk(isOutputTerminal: boolean): boolean {
  return isOutputTerminal && process.stdin.isTTY;
}

/** Anything but `y` or `yes` is no; so is an interrupt. */
export async function confirm(question: string, signal: AbortSignal): Promise<boolean> {
  const terminal = createInterface({ input: process.stdin, output: process.stdout });
  try {
    const closed = new Promise<string>((resolve) => void terminal.once('close', () => resolve('')));
    const answer = await Promise.race([terminal.question(`${question} [y/N] `, { signal }), closed]);
    return /^y(?:es)?$/i.test(answer.trim());
  } catch {
    return false;
  } finally {
    terminal.close();
  }
}
