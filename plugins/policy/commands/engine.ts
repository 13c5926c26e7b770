/** The engine for a command: no kernel, the charter that was named. */
import { homedir } from 'node:os';
import { join, resolve } from 'node:path';
import { charters, type CommandContext, type CompiledCharter, type Policy } from '@vp/sdk';
import { createPolicy } from '../assemble.ts';

/** A policy that knows one charter, whatever a call asks for. */
export function policyBy(charter: CompiledCharter, env: CommandContext['env']): Policy {
  const home = env['HOME'] ?? homedir();
  return createPolicy({
    machine: {
      env: (name) => env[name],
      vpHome: env['VP_HOME'] ?? join(env['XDG_STATE_HOME'] ?? join(home, '.local', 'state'), 'vp'),
      guarded: [],
    },
    charter: () => charter,
  });
}

/** The charter that `--charter` names, else the built-in one. @throws what `charters.resolve` throws */
export async function charterFor(context: CommandContext): Promise<CompiledCharter> {
  const { options, cwd } = context;
  const file = options['charter'];
  return context.use(charters).resolve(...(typeof file === 'string' ? [resolve(cwd, file)] : []));
}
