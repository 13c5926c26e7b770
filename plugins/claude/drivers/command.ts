/** Any program: the prompt is its input, its output is text. No gate, no turns. */
import { plainLine } from '../protocol/parse.ts';
import type { Driver } from './driver.ts';

export const command: Driver = {
  waits: false,
  opening: (spec) => [`${spec.prompt}\n`],
  prompt: (text) => `${text}\n`,
  parse: (session, offset, text, at) => ({ events: [plainLine(session, offset, text, at)], signals: [] }),
  input: (text) => `${text}\n`,
  interrupt: () => undefined,
};
