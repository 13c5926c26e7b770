/** `Bash` and what belongs to it. */
import { normalise } from '../normalise.ts';
import { parse } from '../parse.ts';
import { walkScript } from '../walk.ts';
import type { Tool } from './index.ts';

const bash: Tool = (frame, input) => {
  const { text, problems } = normalise(input['command']);
  for (const problem of problems) frame.analysis.unknown(problem.what, problem.why);
  if (problems.some((problem) => problem.what === 'shape' || problem.what === 'too-large')) return;
  if (input['dangerouslyDisableSandbox'] === true) frame.effect('guard.bypass', 'dangerouslyDisableSandbox');
  walkScript(frame.analysis, frame.scene, parse(text));
};

const nothing: Tool = () => undefined;

/** Tools of the shell. Ending a shell of its own harms nobody. */
export const SHELL_TOOLS: Readonly<Record<string, Tool>> = { Bash: bash, BashOutput: nothing, KillShell: nothing, KillBash: nothing };
