/**
 * The model's part of the demo: a script, but one that listens. After a refusal it does what the refusal's own words offer, so the
 * story only goes on if those words have reached the model.
 */
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { ApiRequest, Script, Turn } from '../../support/api/index.ts';

export const PROMPT = 'The build is stale. Build it again, make it readable for the web server, and write a report.';

/** The project's own instructions: they must reach the model and stay as they are. */
export const CLAUDE_MD = '# Website\n\nBuild with `sh make.sh`. BUILD-NOTES-OF-THE-PROJECT\n';

/** The line that is added to the policy while the session runs, and the line that it goes before. */
export const NEW_RULE =
  "  { rule: 'no-world-writable', words: /\\bchmod\\b.*777/, reason: 'anybody could edit it', instead: 'let it be read: `chmod -R a+rX docs`' },";
export const BEFORE_LINE = '];';

/** Rough, and said to be so where it is shown. */
const BYTES_PER_TOKEN = 4;

/** Writes the project that the agent works in. */
export async function writeProject(project: string): Promise<void> {
  await mkdir(join(project, 'build'));
  await mkdir(join(project, 'docs'), { mode: 0o700 });
  await writeFile(join(project, 'CLAUDE.md'), CLAUDE_MD);
  await writeFile(join(project, 'page.txt'), 'new words\n');
  await writeFile(join(project, 'build', 'page.txt'), 'old words\n');
  await writeFile(join(project, 'docs', 'guide.txt'), 'how it works\n', { mode: 0o600 });
  await writeFile(join(project, 'make.sh'), 'set -e\nmkdir build\ncp page.txt build/page.txt\necho "built: $(cat build/page.txt)"\n');
}

/** The script, and the moment at which the policy is to be edited. */
export interface Story {
  readonly script: Script;
  /** Settles when the agent waits for the model's next answer and the policy can be edited. */
  readonly pause: Promise<void>;
  /** Lets the model answer. */
  goOn(): void;
  /** Bodies of the model's calls, as text. */
  readonly heard: string[];
}

/** Makes the script. */
export function tellStory(project: string): Story {
  const pause = Promise.withResolvers<void>();
  const edited = Promise.withResolvers<void>();
  const heard: string[] = [];
  let spoken = 0;
  const steps: readonly ((result: string) => Turn)[] = [
    () => ({ text: 'First I look at what is there.', ...bash('ls -R build docs') }),
    () => ({ text: 'The build is old. I remove it and start clean.', ...bash('rm -rf build') }),
    (result) => ({ text: 'Refused, and it says what to do instead. I do that.', ...bash(offered(result)) }),
    () => ({ text: 'Now I build.', ...bash('sh make.sh') }),
    () => ({ text: 'The web server must be able to read it.', ...bash('chmod -R 777 build') }),
    () => {
      pause.resolve();
      return { text: 'The same for the documentation.', ...bash('chmod -R 777 docs'), after: edited.promise };
    },
    (result) => ({ text: 'That is refused now. I do what is offered.', ...bash(offered(result)) }),
    () => ({ text: 'At last the report.', tools: [{ name: 'Write', input: { file_path: join(project, 'report.txt'), content: REPORT } }] }),
    () => ({ text: 'Done: built again, readable, and nothing was lost.' }),
  ];
  const script = (request: ApiRequest): Turn => {
    // Side requests of the agent carry no tools and are no part of the story.
    if ((request.body.tools ?? []).length === 0) return { text: 'ok' };
    const step = steps[Math.min(heard.length, steps.length - 1)];
    heard.push(request.raw);
    const turn = step?.(lastResult(request)) ?? { text: 'done' };
    const tokens = Math.ceil(request.raw.length / BYTES_PER_TOKEN);
    const before = spoken;
    spoken = tokens;
    return {
      ...turn,
      inputTokens: 4,
      cacheReadTokens: before,
      cacheCreationTokens: Math.max(0, tokens - before),
      outputTokens: Math.ceil(JSON.stringify([turn.text, turn.tools]).length / BYTES_PER_TOKEN),
    };
  };
  return { script, pause: pause.promise, goOn: () => edited.resolve(), heard };
}

const REPORT = 'Built again. The old build is in build.old.\n';

function bash(command: string): Pick<Turn, 'tools'> {
  return { tools: [{ name: 'Bash', input: { command, description: 'a step of the task' } }] };
}

/** The command in the words of a refusal; where there is none the story goes wrong, and the demo says so. */
function offered(result: string): string {
  const [, command] = /Denied by .*Instead: .*`([^`]+)`/s.exec(result) ?? [];
  return command ?? 'echo no refusal was heard; exit 1';
}

/** The text of the newest tool result that the model is given. */
function lastResult(request: ApiRequest): string {
  const results = request.body.messages.flatMap(({ content }) => (Array.isArray(content) ? content : [])).filter(isToolResult);
  return JSON.stringify(results.at(-1)?.content ?? '');
}

function isToolResult(block: unknown): block is { readonly content: unknown } {
  return typeof block === 'object' && block !== null && (block as { type?: unknown }).type === 'tool_result';
}
