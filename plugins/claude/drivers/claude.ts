/** Claude Code over stream-json: governed, with turns and a control protocol. */
import { parseLine } from '../protocol/parse.ts';
import { getSettings, initialize, interrupt, userMessage } from '../protocol/protocol.ts';
import type { Driver } from './driver.ts';

export const claude: Driver = {
  waits: true,
  opening: () => [initialize(), getSettings()],
  prompt: userMessage,
  parse: parseLine,
  input: userMessage,
  interrupt,
};
