/** The model's part in the second act: four tasks. One is cut off in the middle of a call, one asks while nobody can answer. */
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { ApiRequest, Turn } from '../../support/api/index.ts';

/** A task, as it is submitted. */
export interface Task {
  readonly name: 'A' | 'B' | 'C' | 'D';
  readonly priority: 'critical' | 'high' | 'medium' | 'low';
  readonly prompt: string;
}

export const TASKS: readonly Task[] = [
  { name: 'A', priority: 'high', prompt: 'Task A: run the migration.' },
  { name: 'B', priority: 'high', prompt: 'Task B: write the release notes.' },
  { name: 'C', priority: 'low', prompt: 'Task C: tidy the examples.' },
  { name: 'D', priority: 'critical', prompt: 'Task D: mend the login.' },
];

/** What A says when it has heard that its call was cut off. */
export const A_AGAIN = 'I was interrupted. I look at how far the migration got before I run it again.';

/** The script, and what it waits for. */
export interface Script {
  readonly turn: (request: ApiRequest) => Turn;
  /** The conversations that the model was given, by task. */
  readonly heard: ReadonlyMap<Task['name'], string[]>;
  /** B may ask for its next call. */
  letBAsk(): void;
}

/** A migration that takes its time, and notes how far it is. */
export async function writeProject(project: string): Promise<void> {
  await mkdir(join(project, 'notes'));
  await writeFile(join(project, 'migrate.sh'), 'echo "begun" >> migration.log\nsleep 60\necho "done" >> migration.log\n');
}

/** Makes the script. */
export function tellTasks(): Script {
  const heard = new Map<Task['name'], string[]>(TASKS.map(({ name }) => [name, []]));
  const asking = Promise.withResolvers<void>();
  const turn = (request: ApiRequest): Turn => {
    // Side requests of the agent carry no tools and are no part of the story.
    if ((request.body.tools ?? []).length === 0) return { text: 'ok' };
    const said = JSON.stringify(request.body.messages);
    const task = TASKS.find(({ prompt }) => said.includes(prompt));
    if (task === undefined) return { text: 'I know of no such task.' };
    heard.get(task.name)?.push(said);
    const results = said.split('"type":"tool_result"').length - 1;
    switch (task.name) {
      case 'A':
        return taskA(said);
      case 'B':
        return taskB(results, asking.promise);
      default:
        return results === 0 ? { ...write(task.name, 'one'), delayMs: 300 } : { text: `${task.name} is done.`, delayMs: 300 };
    }
  };
  return { turn, heard, letBAsk: () => asking.resolve() };
}

/** It looks before it goes on only if it has been told which call was cut off. */
function taskA(said: string): Turn {
  const isTold = said.includes('migrate.sh') && said.includes('unknown');
  if (!isTold) return { text: 'I run the migration.', ...bash('sh migrate.sh') };
  if (!said.includes(A_AGAIN)) return { text: A_AGAIN, ...bash('cat migration.log') };
  return { text: 'A is done: the migration had begun, and I noted it.' };
}

function taskB(results: number, asking: Promise<void>): Turn {
  if (results === 0) return write('B', 'one');
  return results === 1 ? { ...write('B', 'two'), after: asking } : { text: 'B is done.' };
}

function write(name: string, word: string): Pick<Turn, 'tools'> {
  return bash(`echo ${word} >> notes/${name}`);
}

function bash(command: string): Pick<Turn, 'tools'> {
  return { tools: [{ name: 'Bash', input: { command, description: 'a step of the task' } }] };
}
