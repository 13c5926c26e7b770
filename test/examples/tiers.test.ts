/** Each example does the same in the kernel and sandboxed: one battery, both tiers, the real kernel. */
import { budgetCheck, onCrash, onOutput, postCommand, preCommand, sessionEnd, sessionStart } from '@vp/sdk/testing';
import type { Facts } from '@vp/sdk';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import counter from './probe/counter.ts';
import probe from './probe/probe.ts';
import { Stage, TIERS, type Line, type StageOptions, type Tier } from './stage.ts';

const BODIES = { session: 'session-1', orchestrator: 'default' };

describe.each(TIERS)('in the tier "%s"', (tier) => {
  const play = async (options: StageOptions): Promise<Stage> => {
    const stage = await new Stage(tier, options).start();
    expect(stage.status).toMatchObject({ tier, state: 'active', lastError: null });
    return stage;
  };

  it('hello greets and says goodbye', async () => {
    const stage = await play({ example: 'hello' });
    stage.fire('session-start', sessionStart({ pid: 7 }));
    stage.fire('session-end', sessionEnd({ state: 'failed' }));
    await stage.stop();
    expect(stage.lines).toEqual([
      { level: 'info', message: 'hello, default in /project', fields: { pid: 7 } },
      { level: 'info', message: 'goodbye, default: failed', fields: {} },
    ]);
  });

  it('deny-command denies what its options list', async () => {
    const stage = await play({ example: 'deny-command', entry: { config: { commands: ['git push'] } } });
    const verdict = (command: string) => stage.fire('pre-command', preCommand({ input: { command } }));
    expect(await verdict('git push --force')).toEqual([
      {
        plugin: 'deny-command',
        level: 'deny',
        rule: 'deny-command/git push',
        reason: 'git push is not allowed here',
        instead: 'say what you need it for, and stop there',
      },
    ]);
    expect(await verdict('git status')).toEqual([]);
    expect(await stage.fire('pre-command', preCommand({ tool: 'Read', input: { file_path: 'git push' } }))).toEqual([]);
    await stage.stop();
    expect(stage.status).toMatchObject({ errors: 0 });
  });

  it('session-budget slows down, then denies', async () => {
    const stage = await play({ example: 'session-budget', entry: { config: { throttleUsd: 1 } } });
    const ask = (costUsd: number) => stage.fire('budget-check', budgetCheck({ costUsd }));
    expect(await ask(0.5)).toEqual({ severity: 'ok', reasons: [] });
    expect(await ask(1.5)).toEqual({
      severity: 'throttle',
      reasons: [{ plugin: 'session-budget', severity: 'throttle', reason: '$1.50 of $10.00 spent' }],
    });
    expect(await ask(10)).toEqual({
      severity: 'deny',
      reasons: [{ plugin: 'session-budget', severity: 'deny', reason: '$10.00 of $10.00 spent: report what is done and what is left' }],
    });
  });

  it('session-budget refuses limits that contradict each other, and the ones before stay', async () => {
    const stage = await play({ example: 'session-budget' });
    stage.source = stage.source.replace('throttleUsd > denyUsd', 'throttleUsd < denyUsd');
    const outcome = await stage.reload();
    expect(outcome).toMatchObject({ plugin: 'session-budget', result: 'refused', error: { plugin: 'session-budget' } });
    expect(stage.status).toMatchObject({ state: 'active', generation: 1, errors: 1 });
    expect(stage.status.lastError).toContain('throttleUsd (2) must not be more than denyUsd (10)');
    expect(await stage.fire('budget-check', budgetCheck({ costUsd: 10 }))).toMatchObject({ severity: 'deny' });
  });

  it('output-observer counts by session, and goes on over a restart of the kernel', async () => {
    const stage = await play({ example: 'output-observer' });
    for (let batch = 0; batch < 50; batch += 1) {
      stage.fire('on-output', onOutput([{ type: 'text' }, { type: 'tool-call' }]));
      stage.fire('on-output', onOutput([{ type: 'text' }], { session: { id: 'session-2' } }));
    }
    stage.fire('on-output', onOutput([{ type: 'text' }], { replayed: true }));
    stage.fire('session-end', sessionEnd());
    expect(await stage.stop()).toEqual({ sessions: { 'session-1': { text: 50, 'tool-call': 50 }, 'session-2': { text: 50 } } });
    expect(stage.lines).toEqual([
      { level: 'info', message: 'counted until the end of session-1', fields: { counts: { text: 50, 'tool-call': 50 } } },
    ]);
  });

  it('output-observer loses nothing that was said before a reload', async () => {
    const stage = await play({ example: 'output-observer' });
    for (let batch = 0; batch < 20; batch += 1) stage.fire('on-output', onOutput([{ type: 'text' }]));
    stage.source = stage.source.replace('const KEPT = 200', 'const KEPT = 100');
    expect(await stage.reload()).toMatchObject({ result: 'swapped', generation: 2 });
    for (let batch = 0; batch < 20; batch += 1) stage.fire('on-output', onOutput([{ type: 'text' }]));
    expect(await stage.stop()).toEqual({ sessions: { 'session-1': { text: 40 } } });
  });

  it('stateful-reload hands its counts on, through a new source and new options', async () => {
    const stage = await play({ example: 'stateful-reload', file: 'turn-counter.ts', entry: { config: { sayEvery: 2 } } });
    for (let call = 0; call < 3; call += 1) stage.fire('post-command', postCommand());
    stage.source = stage.source.replace("version: '1.0.0'", "version: '1.1.0'").replace('ended after', 'was over after');
    stage.configure({ config: { sayEvery: 4 } });
    await stage.kernel.reload();
    stage.fire('post-command', postCommand());
    stage.fire('session-end', sessionEnd());
    await stage.stop();
    expect(stage.status).toMatchObject({ version: '1.1.0', errors: 0 });
    expect(stage.lines.map(({ message }) => message)).toEqual([
      'session-1 has made 2 tool calls',
      ...stage.lines.slice(1, -2).map(() => 'took over from 1.0.0 with 1 sessions'),
      'session-1 has made 4 tool calls',
      'session-1 was over after 4 tool calls',
    ]);
  });

  it('stateful-reload keeps the version before where the new one does not compile', async () => {
    const stage = await play({ example: 'stateful-reload', file: 'turn-counter.ts', entry: { config: { sayEvery: 2 } } });
    stage.fire('post-command', postCommand());
    stage.source = stage.source.replace('definePlugin<Options>({', 'definePlugin<Options>({ name: ,');
    const outcome = await stage.reload();
    expect(outcome).toMatchObject({ result: 'refused' });
    expect(stage.status.pending).toMatch(/turn-counter\.ts:\d+:\d+/);
    stage.fire('post-command', postCommand());
    await stage.stop();
    expect(stage.lines.map(({ message }) => message)).toEqual(['session-1 has made 2 tool calls']);
  });

  it('webhook posts what happened, with the token that it was granted', async () => {
    const grant = { net: ['https://hooks.example.com'], env: ['WEBHOOK_TOKEN'] };
    const stage = await play({ example: 'webhook', entry: { grant }, env: { WEBHOOK_TOKEN: 'secret' } });
    stage.fire('session-end', sessionEnd({ costUsd: 0.5, result: 'private' }));
    expect(await stage.fire('on-crash', onCrash({ crashType: 'oom', stderrTail: 'private' }))).toBeUndefined();
    await stage.stop();
    const { at } = sessionEnd();
    const headers = { 'content-type': 'application/json', authorization: 'Bearer secret' };
    const call = { url: 'https://hooks.example.com/vp', method: 'POST', headers };
    expect(stage.posts.toSorted((a, b) => JSON.stringify(b).localeCompare(JSON.stringify(a)))).toEqual([
      { ...call, body: { event: 'session-end', at, ...BODIES, state: 'completed', costUsd: 0.5 } },
      { ...call, body: { event: 'crash', at, ...BODIES, attempt: 1, crashType: 'oom' } },
    ]);
    expect(stage.lines).toEqual([]);
  });

  it('webhook only warns where the server fails', async () => {
    const stage = await play({ example: 'webhook', entry: { grant: { net: ['https://hooks.example.com'] } }, answer: { status: 500 } });
    stage.fire('session-end', sessionEnd());
    await stage.stop();
    expect(stage.posts.map(({ headers }) => headers)).toEqual([{ 'content-type': 'application/json' }]);
    expect(stage.lines).toEqual([{ level: 'warn', message: 'the webhook was not told', fields: { error: 'Error: it answered 500' } }]);
  });

  it('the package reads its list at each change, and closes where there is none', async () => {
    const grant = { hooks: ['pre-command' as const], fs: { read: ['protected-paths.txt'] } };
    const stage = await play({ example: 'package', file: 'plugin.ts', asPackage: 'protected-paths', entry: { grant } });
    expect(stage.status).toMatchObject({ name: 'protected-paths', version: '1.0.0' });
    const write = (target: string) => stage.fire('pre-command', preCommand({ facts: writing(target) }));
    expect(await write('/project/README.md')).toMatchObject([{ level: 'deny', rule: 'tap-failed' }]);
    stage.write('protected-paths.txt', 'migrations/\n');
    expect(await write('/project/README.md')).toEqual([]);
    expect(await write('/project/migrations/1.sql')).toEqual([
      {
        plugin: 'protected-paths',
        level: 'deny',
        rule: 'protected-paths/migrations',
        reason: 'migrations is changed by people only',
        instead: 'propose the change in your report',
      },
    ]);
    stage.write('protected-paths.txt', '# nothing\n');
    expect(await write('/project/migrations/1.sql')).toEqual([]);
  });
});

/** Far from where tests run: a plugin that asks for the day must get the user's. */
const ZONE = 'Pacific/Kiritimati';
const ANSWER = { status: 200, type: 'application/json', body: '{"a":1}' };

/** What came of the probe. What it tried itself is among what it stored. */
interface Findings {
  readonly stored: { readonly results: Readonly<Record<string, unknown>> };
  readonly [more: string]: unknown;
}

/** By tier. */
const found = new Map<Tier, Findings>();

describe.each(TIERS)('what a plugin sees in the tier "%s"', (tier) => {
  it('is looked at, item by item', async () => {
    found.set(tier, await probed(tier));
    expect(Object.keys(found.get(tier)?.stored.results ?? {}).length).toBeGreaterThan(40);
  });
});

it('nothing that both tiers have differs between them', () => {
  expect(found.get('sandboxed')).toEqual(found.get('kernel'));
});

describe('what only the sandbox refuses', () => {
  it('webhook does not start without the grant, and the message says what to write', async () => {
    const stage = await new Stage('sandboxed', { example: 'webhook' }).start();
    expect(stage.status).toMatchObject({ name: 'webhook', state: 'failed', permissions: null });
    expect(stage.status.lastError).toContain('may call https://hooks.example.com');
    expect(stage.posts).toEqual([]);
  });

  it('webhook does not see a variable that was not granted', async () => {
    const grant = { net: ['https://hooks.example.com'] };
    const stage = await new Stage('sandboxed', { example: 'webhook', entry: { grant }, env: { WEBHOOK_TOKEN: 'secret' } }).start();
    stage.fire('session-end', sessionEnd());
    await stage.stop();
    expect(stage.posts.map(({ headers }) => headers)).toEqual([{ 'content-type': 'application/json' }]);
  });

  it('the package does not start with less than it asks for', async () => {
    const entry = { grant: { hooks: ['pre-command' as const] } };
    const stage = await new Stage('sandboxed', { example: 'package', file: 'plugin.ts', asPackage: 'protected-paths', entry }).start();
    expect(stage.status).toMatchObject({ state: 'failed' });
    expect(stage.status.lastError).toContain('may read protected-paths.txt');
  });
});

/** Runs the probe through a first start, a session, a reload and a stop. */
async function probed(tier: Tier): Promise<Findings> {
  const { permissions: grant = {} } = probe;
  vi.stubEnv('TZ', ZONE);
  onTestFinished(() => void vi.unstubAllEnvs());
  const stage = new Stage(tier, {
    example: '../test/examples/probe',
    entry: { grant },
    env: { GRANTED: 'yes', HIDDEN: 'no' },
    answer: ANSWER,
    beside: `${counter.name}.ts`,
  });
  stage.write('texts/b.txt', '');
  await stage.start();
  expect(stage.status).toMatchObject({ tier, state: 'active', lastError: null });
  const verdict = (tool: string) => stage.fire('pre-command', preCommand({ tool, input: { inner: {} } }));
  const verdicts = [await verdict('Read'), await verdict('Frozen')];
  const failed = [await verdict('Throw'), await verdict('Nonsense')].map(([finding]) => [finding?.level, finding?.rule]);
  stage.fire('session-start', sessionStart());
  stage.fire('post-command', postCommand());
  stage.source = stage.source.replace("version: '1.0.0'", "version: '1.0.1'");
  const outcome = await stage.reload();
  const stored = (await stage.stop()) as Findings['stored'];
  const { version, errors } = stage.status;
  const lines = stage.lines.map(withoutPlaces).toSorted((a, b) => generationOf(a) - generationOf(b));
  return { stored, verdicts, failed, outcome, version, errors, lines, posts: stage.posts };
}

/** Texts of errors are not compared: a sandboxed plugin's say where in its source they come from. */
function withoutPlaces({ level, message, fields }: Line): Line {
  return { level, message, fields: 'error' in fields ? { error: typeof fields.error } : fields };
}

/** Two generations overlap; what each says is in order. */
function generationOf({ message }: Line): number {
  return ['first', 'second'].indexOf(message.split(':')[0] ?? '');
}

/** A call that writes one file. */
function writing(target: string): Facts {
  return { effects: [{ kind: 'write', op: 'write', target, certain: true, words: 'writes' }], commands: [], unknowns: [] };
}
