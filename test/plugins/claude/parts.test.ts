import { appendFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { nextStep } from '../../../plugins/claude/end/ladder.ts';
import { claudeArgv, environmentOf } from '../../../plugins/claude/start/launch.ts';
import { limitsOf } from '../../../plugins/claude/start/limits.ts';
import { outcomeOf } from '../../../plugins/claude/end/outcome.ts';
import { parseLine } from '../../../plugins/claude/protocol/parse.ts';
import { settingsFault } from '../../../plugins/claude/protocol/protocol.ts';
import { usageSoFar } from '../../../plugins/claude/state/spending.ts';
import { advance, begin, note } from '../../../plugins/claude/state/state.ts';
import { Tail } from '../../../plugins/claude/holder/tail.ts';
import { plainCharter } from '../../support/sessions.ts';

describe('reading a line', () => {
  const parse = (line: object) => parseLine('s', 7, JSON.stringify(line), 1);

  it('takes any text without throwing, and names each event by its place', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          fc.json(),
          fc
            .dictionary(fc.constantFrom('type', 'message', 'request', 'response', 'subtype', 'tasks', 'content'), fc.jsonValue())
            .map((value) => JSON.stringify(value)),
        ),
        (text) => {
          const { events } = parseLine('s', 7, text, 1);
          expect(events.every((event, n) => event.id === (n === 0 ? 's:7' : `s:7:${n}`))).toBe(true);
        },
      ),
    );
  });

  it('takes the whole line that stands glued to the stump of one that was cut off, and says that something is missing', () => {
    const whole = JSON.stringify({ type: 'result', subtype: 'success', is_error: false, result: 'ok', modelUsage: { a: { b: 1 } } });
    const cutOff = JSON.stringify({ type: 'assistant', message: { content: [{ type: 'text', text: 'the words' }] } });
    fc.assert(
      fc.property(fc.integer({ min: 1, max: cutOff.length - 1 }), (length) => {
        const { events } = parseLine('s', 7, cutOff.slice(0, length) + whole, 1);
        expect(events).toMatchObject([
          { id: 's:7', type: 'lost' },
          { id: 's:7:1', type: 'result', text: 'ok' },
        ]);
      }),
    );
  });

  it('finds the type of a line wherever it stands in it', () => {
    expect(parse({ total_cost_usd: 0.5, result: 'ok', is_error: false, type: 'result', subtype: 'success' }).events).toMatchObject([
      { type: 'result', text: 'ok', costUsd: 0.5 },
    ]);
  });

  it('marks a question of an unknown shape, so that it is denied', () => {
    const { signals } = parse({ type: 'control_request', request_id: 'r', request: { subtype: 'can_use_tool', tool_name: 7 } });
    expect(signals).toMatchObject([{ kind: 'question', question: { kind: 'tool', fault: expect.any(String) } }]);
  });

  it('sums the usage of all models of a session', () => {
    const row = { inputTokens: 1, outputTokens: 2, cacheReadInputTokens: 3, cacheCreationInputTokens: 4 };
    expect(parse({ type: 'result', modelUsage: { a: row, b: row } }).events[0]?.usage).toEqual({
      inputTokens: 2,
      outputTokens: 4,
      cacheReadTokens: 6,
      cacheCreationTokens: 8,
    });
  });
});

describe('the state of a session', () => {
  it('is the same however often the same lines are read', () => {
    const lines = [
      {
        type: 'assistant',
        message: {
          id: 'm1',
          content: [{ type: 'tool_use', id: 't', name: 'Write', input: { file_path: '/a' } }],
          usage: { input_tokens: 5, output_tokens: 1 },
        },
      },
      { type: 'assistant', message: { id: 'm1', content: [{ type: 'text', text: 'x' }], usage: { input_tokens: 5, output_tokens: 3 } } },
      { type: 'user', message: { content: [{ type: 'tool_result', tool_use_id: 't', content: 'ok' }] } },
    ];
    const read = () => {
      const progress = begin();
      for (const [n, line] of lines.entries()) {
        const { events, signals } = parseLine('s', n, JSON.stringify(line), 1);
        for (const event of events) advance(progress, event);
        for (const signal of signals) note(progress, signal);
      }
      return progress;
    };
    expect(read()).toEqual(read());
    expect(read()).toMatchObject({ filesModified: 1 });
    expect(usageSoFar(read())).toMatchObject({ inputTokens: 5, outputTokens: 3 });
  });

  it('takes the totals of a result as they are, since the agent counts from the start of its process', () => {
    const progress = begin();
    for (const costUsd of [0.009, 0.018])
      advance(progress, {
        id: 's:0',
        at: 0,
        type: 'result',
        costUsd,
        usage: { inputTokens: costUsd * 1000, outputTokens: 0, cacheReadTokens: 0, cacheCreationTokens: 0 },
      });
    expect(progress.costUsd).toBe(0.018);
    expect(usageSoFar(progress).inputTokens).toBe(18);
  });
});

describe('the tail of a file', () => {
  let dir: string;
  let path: string;
  const seen: { offset: number; text: string | undefined }[] = [];

  beforeEach(() => {
    dir = mkdtempSync(join(tmpdir(), 'vp-tail-'));
    path = join(dir, 'out');
    writeFileSync(path, '');
    seen.length = 0;
  });
  afterEach(() => rmSync(dir, { recursive: true }));

  it('delivers each line once and in order, however the file grows', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.string({ unit: fc.constantFrom('a', 'ä', '\n', '"') }), { maxLength: 30 }), async (pieces) => {
        writeFileSync(path, '');
        const got: string[] = [];
        const tail = new Tail(path, 0, 1e6, (lines) => got.push(...lines.map((line) => line.text ?? '?')));
        for (const piece of pieces) {
          appendFileSync(path, piece);
          tail.poke();
          await new Promise((resolve) => setImmediate(resolve));
        }
        await tail.finish();
        tail.stop();
        const whole = pieces.join('').split('\n');
        if (whole.at(-1) === '') whole.pop();
        expect(got).toEqual(whole);
      }),
      { numRuns: 30 },
    );
  });

  it('goes on from an offset', async () => {
    writeFileSync(path, 'one\ntwo\n');
    const tail = new Tail(path, 4, 1e6, (lines) => seen.push(...lines));
    await tail.finish();
    tail.stop();
    expect(seen).toMatchObject([{ offset: 4, text: 'two' }]);
  });

  it('passes over a line that is longer than the bound', async () => {
    writeFileSync(path, `${'x'.repeat(200_000)}\nshort\n`);
    const tail = new Tail(path, 0, 1_000, (lines) => seen.push(...lines));
    await tail.finish();
    tail.stop();
    expect(seen).toMatchObject([
      { offset: 0, text: undefined },
      { offset: 200_001, text: 'short' },
    ]);
  });
});

describe('the stop ladder', () => {
  const times = { interruptMs: 10, eofMs: 10, termMs: 10 };
  const stop = (step: 'interrupt' | 'eof' | 'term' | 'kill') => ({ step }) as const;

  it('goes rung by rung, each with its time', () => {
    expect((['interrupt', 'eof', 'term', 'kill'] as const).map((step) => nextStep(stop(step), 10, times, { busy: true }))).toEqual([
      'eof',
      'term',
      'kill',
      undefined,
    ]);
    expect((['interrupt', 'eof', 'term'] as const).map((step) => nextStep(stop(step), 5, times, { busy: true }))).toEqual([
      undefined,
      undefined,
      undefined,
    ]);
  });

  it('does not wait for a turn that has ended', () => {
    expect(nextStep(stop('interrupt'), 1, times, { busy: false })).toBe('eof');
  });
});

describe('how a session ended', () => {
  const running = { hasResults: true, done: false };
  const done = { ...begin(), result: 'ok', resultIsError: false };

  it.each([
    ['a good result and exit 0', { status: 0 }, done, 'completed'],
    ['an error as result', { status: 1 }, { ...done, resultIsError: true }, 'failed'],
    ['no result', { status: 0 }, begin(), 'failed'],
    ['a signal', { status: 139 }, done, 'crashed'],
    ['an end that nobody saw, after a good result', undefined, done, 'completed'],
    ['an end that nobody saw', undefined, begin(), 'crashed'],
  ])('%s', (_name, exit, progress, state) => {
    expect(outcomeOf(exit, null, progress, running).state).toBe(state);
  });

  it('is good where the agent was killed after its work was done and its input was closed', () => {
    expect(outcomeOf({ status: 137 }, null, done, { hasResults: true, done: true })).toMatchObject({
      state: 'completed',
      signal: 'SIGKILL',
      reason: expect.stringContaining('after its work was done'),
    });
  });

  it('is what VP wanted where VP ended it', () => {
    const stop = { outcome: 'timeout', reason: 'r', force: false, step: 'term', since: { at: 0, up: 0, boot: '' } } as const;
    expect(outcomeOf({ status: 143 }, stop, begin(), running)).toMatchObject({ state: 'timeout', signal: 'SIGTERM', reason: 'r' });
  });
});

describe('the launch', () => {
  const charter = plainCharter();

  it('passes no variable but those on the list', () => {
    const own = {
      PATH: '/bin',
      LC_ALL: 'C',
      SECRET: 'x',
      ANTHROPIC_API_KEY: 'k',
      SSH_AUTH_SOCK: '/s',
      VP_SESSION: 'outer',
      CLAUDE_CODE_ENTRYPOINT: 'cli',
      DEPLOY_KEY: 'd',
    };
    const env = environmentOf(own, { pass: ['DEPLOY_*'], charter, added: { EXTRA: '1', VP_SESSION: 'forged' } });
    expect(Object.keys(env).sort()).toEqual([
      'ANTHROPIC_API_KEY',
      'CLAUDE_CODE_ADDITIONAL_DIRECTORIES_CLAUDE_MD',
      'DEPLOY_KEY',
      'EXTRA',
      'LC_ALL',
      'PATH',
    ]);
  });

  it('passes the SSH agent only where the charter says so', () => {
    const trusting = { ...charter, operational: { ...charter.operational, sshAgent: true } };
    expect(environmentOf({ SSH_AUTH_SOCK: '/s' }, { pass: [], charter: trusting, added: {} })).toMatchObject({ SSH_AUTH_SOCK: '/s' });
  });

  it("reads the project's settings only where the charter trusts the project", () => {
    const launch = { bin: 'claude', folder: { settings: 's', instructions: 'i' }, id: 'x', limits: {}, memory: ['/p'] };
    expect(claudeArgv({ ...launch, trustProject: false })).toEqual(
      expect.arrayContaining(['--setting-sources', '--strict-mcp-config', '--add-dir']),
    );
    expect(claudeArgv({ ...launch, trustProject: true })).not.toEqual(expect.arrayContaining(['--setting-sources']));
  });

  it('takes the strictest limit', () => {
    const strict = { ...charter, resources: { ...charter.resources, maxExecutionTime: 50, maxTurns: 3 } };
    expect(limitsOf({ workingDirectory: '/', prompt: 'x', timeout: 100, limits: { maxTurns: 2 } }, strict)).toEqual({
      timeoutMs: 50,
      maxTurns: 2,
    });
  });

  it('tells settings in which the gate does not hold', () => {
    expect(settingsFault({ effective: { permissions: { ask: ['*'] } } })).toBeUndefined();
    expect(settingsFault({ effective: { permissions: { ask: ['Bash'] } } })).toContain('not in force');
    expect(settingsFault({ effective: { permissions: { ask: ['*'] } }, errors: ['bad'] })).toContain('bad');
    expect(settingsFault({})).toContain('not in force');
  });
});
