/** Made-up agents that behave badly, each a program of its own. */
import { join } from 'node:path';

/** Absolute path of a made-up agent. */
export function fakeAgent(
  name: 'garbage' | 'half-line' | 'flood' | 'quitter' | 'silent' | 'stubborn' | 'litterer' | 'deaf' | 'asker' | 'ungated' | 'player',
): string {
  return join(import.meta.dirname, `${name}.ts`);
}
