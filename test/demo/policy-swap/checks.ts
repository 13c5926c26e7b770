/** The demo checks its own story: nothing that it claims is taken from its script. */
import { existsSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { Run } from './run.ts';
import { CLAUDE_MD } from './story.ts';

/** A claim, and whether it held. */
export interface Check {
  readonly claim: string;
  readonly held: boolean;
}

/** Looks at the files, the verdicts and what the model was told. `heard`: bodies of the model's calls. */
export function checkStory(run: Run, project: string, heard: readonly string[]): Check[] {
  const at = (...path: string[]): string => join(project, ...path);
  const verdictOn = (command: string): string | undefined => run.verdicts.find(({ input }) => input['command'] === command)?.verdict;
  const ruleOn = (command: string): string | null | undefined => run.verdicts.find(({ input }) => input['command'] === command)?.rule;
  const last = heard.at(-1) ?? '';
  return [
    {
      claim: 'rm -rf build was denied, and the old build is still there',
      held: verdictOn('rm -rf build') === 'deny' && contentOf(at('build.old', 'page.txt')) === 'old words\n',
    },
    {
      claim: 'mv build build.old, offered by the denial, ran',
      held: verdictOn('mv build build.old') === 'allow' && existsSync(at('build.old')),
    },
    {
      claim: 'generation 1 let chmod -R 777 build run',
      held: verdictOn('chmod -R 777 build') === 'allow' && modeOf(at('build')) === 0o777,
    },
    {
      claim: 'generation 2 denied chmod -R 777 docs by its new rule',
      held: ruleOn('chmod -R 777 docs') === 'no-world-writable' && (modeOf(at('docs')) & 0o022) === 0,
    },
    {
      claim: 'chmod -R a+rX docs, offered by that denial, ran',
      held: verdictOn('chmod -R a+rX docs') === 'allow' && modeOf(at('docs', 'guide.txt')) === 0o644,
    },
    { claim: 'one session, one process, before and after the swap', held: run.pids.length === 3 && new Set(run.pids).size === 1 },
    {
      claim: 'the policy went from generation 1 to 2',
      held: run.replaced.generation === 1 && run.plugins.some(({ name, generation }) => name === run.replaced.name && generation === 2),
    },
    {
      claim: 'the project’s CLAUDE.md reached the model and is as it was',
      held: last.includes('BUILD-NOTES-OF-THE-PROJECT') && contentOf(at('CLAUDE.md')) === CLAUDE_MD,
    },
    { claim: 'the report was written and the session completed', held: existsSync(at('report.txt')) && run.row.state === 'completed' },
    { claim: 'no plugin made an error', held: run.plugins.every(({ errors }) => errors === 0) },
  ];
}

function contentOf(path: string): string | undefined {
  return existsSync(path) ? readFileSync(path, 'utf8') : undefined;
}

function modeOf(path: string): number {
  return existsSync(path) ? statSync(path).mode & 0o777 : 0;
}
