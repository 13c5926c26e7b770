/** What a variable holds. */
import { SECRET_NAME } from '../tables/secrets.ts';
import { ANY, FROM_GUARD, FROM_SECRET, TOKEN, type AnalyseContext, type Field } from '../types.ts';
import { field, unknownField } from './fields.ts';
import type { State } from './state.ts';

// Numbers and names that the shell or the system gives: short, without a slash.
const TOKENS = new Set(
  '? $ ! # - RANDOM SRANDOM SECONDS EPOCHSECONDS EPOCHREALTIME UID EUID GROUPS HOSTNAME HOSTTYPE OSTYPE MACHTYPE LINENO BASHPID SHLVL COLUMNS LINES USER LOGNAME BASH_VERSION OPTIND BASH_SUBSHELL'.split(
    ' ',
  ),
);

/** The values that a name may have; undefined where nothing sets it. */
export function lookUp(name: string, state: State, context: AnalyseContext): readonly Field[] | undefined {
  const own = state.vars.get(name);
  if (own !== undefined) return own ?? [unknownField()];
  const first = state.vars.get(`${name}[]`);
  if (first !== undefined) return first?.[0] ? [first[0]] : [unknownField()];
  if (/^\d+$/.test(name)) return positional(Number(name), state);
  if (name === 'PWD') return [field(state.cwd ?? ANY)];
  if (name === 'OLDPWD') return [unknownField()];
  if (name === 'HOME') return [field(context.home)];
  if (name === 'IFS') return [field(' \t\n')];
  const given = context.env(name);
  if (given !== undefined) return [field(given)];
  // The shell's parent is the agent.
  if (name === 'PPID') return [{ ...field(TOKEN), taint: FROM_GUARD }];
  if (TOKENS.has(name)) return [field(TOKEN)];
  return SECRET_NAME.test(name) ? [unknownField(FROM_SECRET)] : undefined;
}

function positional(index: number, state: State): readonly Field[] {
  if (index === 0) return [field(TOKEN)];
  if (state.positional === null) return [unknownField()];
  return [state.positional[index - 1] ?? field('')];
}

/** The elements of `$@`, `$*` or an array; null where they cannot be told. */
export function elements(name: string, state: State): readonly Field[] | null {
  if (name === '@' || name === '*') return state.positional;
  const list = state.vars.get(`${name}[]`);
  if (list !== undefined) return list;
  const single = state.vars.get(name);
  return single?.length === 1 ? single : null;
}
