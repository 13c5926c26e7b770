/** Charters ready for use: frozen, with their hash. */
import type { Charter, CompiledCharter } from '@vp/sdk';
import { hashOf } from './hash.ts';
import { normalise } from './normalise.ts';

/** The charter under its id, hashed. */
export function compiled(id: string, charter: Charter): CompiledCharter {
  return Object.freeze({ id, hash: hashOf(charter), charter });
}

/** The id of the built-in charter. */
export const DEFAULT_ID = 'default';

let builtIn: CompiledCharter | undefined;

/** The built-in charter, for sessions that name none: no limits and no rules of its own, nothing of the project trusted. */
export function defaultCharter(): CompiledCharter {
  if (builtIn) return builtIn;
  const { charter, problems } = normalise({
    name: 'default',
    identity: { name: 'VP session', description: 'An agent that works on one task in one folder, under supervision.' },
    objectives: ['Do the task that you were given, and nothing beyond it', 'Say plainly what you did, what you did not do, and why'],
  });
  if (!charter) throw new Error(`the built-in charter is not valid: ${JSON.stringify(problems)}`);
  builtIn = compiled(DEFAULT_ID, charter);
  return builtIn;
}
