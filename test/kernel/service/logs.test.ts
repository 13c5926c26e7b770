import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openLogs, type LogSettings, type Logs } from '../../../kernel/service/logs.ts';
import { redact } from '../../../kernel/service/redact.ts';

const SETTINGS: LogSettings = { level: 'info', levels: {}, redact: [], rotate: { sizeMb: 20, files: 5 } };
const key = `sk-ant-${'a1B2'.repeat(8)}`;

let home = '';
const open: Logs[] = [];

beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'vp-logs-'));
});
afterEach(() => {
  for (const logs of open.splice(0)) logs.close();
  rmSync(home, { recursive: true, force: true });
});

async function logsWith(settings: Partial<LogSettings> = {}, screen?: Parameters<typeof openLogs>[2], folder = home): Promise<Logs> {
  const logs = await openLogs(folder, { ...SETTINGS, ...settings }, screen);
  open.push(logs);
  return logs;
}

function lines(folder = home): Record<string, unknown>[] {
  const text = readFileSync(join(folder, 'logs', 'vp.log'), 'utf8').trimEnd();
  return text === '' ? [] : text.split('\n').map((line) => JSON.parse(line) as Record<string, unknown>);
}

describe('the log', () => {
  it('has a line of JSON for each entry, with plugin, time and fields', async () => {
    const logs = await logsWith();
    logs.of('hello').info({ pid: 7 }, 'hi');
    expect(lines()).toMatchObject([{ plugin: 'hello', pid: 7, msg: 'hi', level: 30, time: expect.stringMatching(/^\d{4}-.*Z$/) }]);
    expect((statSync(join(home, 'logs', 'vp.log')).mode & 0o777).toString(8)).toBe('600');
  });

  it('keeps to the level of each plugin, and a new one holds at once, also for loggers that are held', async () => {
    const logs = await logsWith({ levels: { loud: 'debug' } });
    const [loud, other] = [logs.of('loud'), logs.of('other')];
    const all = (): void => {
      loud.debug('d');
      other.debug('d');
      other.warn('w');
    };
    all();
    logs.set({ ...SETTINGS, level: 'error', levels: { other: 'debug' } });
    all();
    expect(lines().map((line) => `${String(line['plugin'])} ${String(line['msg'])}`)).toEqual(['loud d', 'other w', 'other d', 'other w']);
  });

  it('is for people on a terminal, and lines of JSON elsewhere', async () => {
    const shown: string[] = [];
    const terminal = await logsWith({}, { write: (line) => shown.push(line), isTTY: true });
    terminal.of('hello').warn({ n: 1 }, 'look');
    expect(shown.join('')).toMatch(/WARN[\s\S]*hello: look/);
    const piped: string[] = [];
    (await logsWith({}, { write: (line) => piped.push(line) })).of('hello').info('look');
    expect(JSON.parse(piped.join(''))).toMatchObject({ msg: 'look' });
  });
});

describe('secrets in the log', () => {
  it('are taken out by the name of their field, to two levels down, and by the paths of the config', async () => {
    const logs = await logsWith({ redact: ['deep.er.than.that'] });
    const fields = { token: 't', a: { apiKey: 'k', b: { password: 'p' } }, deep: { er: { than: { that: 'x', other: 'seen' } } } };
    logs.of('p').info({ ...fields, tokens: 12 }, 'm');
    expect(lines()).toMatchObject([
      {
        token: '[redacted]',
        a: { apiKey: '[redacted]', b: { password: '[redacted]' } },
        deep: { er: { than: { that: '[redacted]', other: 'seen' } } },
        tokens: 12,
      },
    ]);
  });

  it.each([
    ['a key of Anthropic', key],
    ['a token of GitHub', `ghp_${'x'.repeat(36)}`],
    ['a fine-grained one', `github_pat_${'x'.repeat(30)}`],
    ['a token of Slack', 'xoxb-123456789012-abcdefghij'],
    ['a key of AWS', 'AKIAABCDEFGHIJKLMNOP'],
    ['a JSON web token', `eyJ${'a'.repeat(20)}.${'b'.repeat(20)}.${'c'.repeat(20)}`],
    ['a private key', '-----BEGIN RSA PRIVATE KEY-----\nMIIE"quoted\\\nabc\n-----END RSA PRIVATE KEY-----'],
    ['half a private key', '-----BEGIN PRIVATE KEY-----\nMIIEsecret'],
  ])('are taken out by their look: %s', async (_what, secret) => {
    const logs = await logsWith();
    logs.of('p').info({ nested: { text: `before ${secret} after` }, last: 'kept' }, `said ${secret}`);
    logs.of('p').info('next');
    expect(readFileSync(join(home, 'logs', 'vp.log'), 'utf8')).not.toContain(secret.slice(-10));
    expect(lines()).toMatchObject([{ last: 'kept', nested: { text: expect.stringContaining('[redacted]') } }, { msg: 'next' }]);
  });

  it('are taken out of URLs and headers, where nothing else is', () => {
    expect(redact('postgres://vp:hunter2@db/x')).toBe('postgres://vp:[redacted]@db/x');
    expect(redact('Authorization: Bearer abcdefghijklmnop123')).toBe('Authorization: Bearer [redacted]');
    const line = JSON.stringify({ a: { url: 'http://127.0.0.1:8080' }, who: 'me@example.org' });
    expect(redact(line)).toBe(line);
  });

  it('never reach a terminal either', async () => {
    const shown: string[] = [];
    (await logsWith({}, { write: (line) => shown.push(line), isTTY: true })).of('p').info({ text: key }, `m ${key}`);
    expect(shown.join('')).not.toContain(key);
  });
});

describe('rotation', () => {
  it('puts a full file aside and keeps so many old ones, the newest as .1; no line is cut', async () => {
    const logs = await logsWith({ rotate: { sizeMb: 0.002, files: 3 } });
    for (let n = 0; n < 200; n += 1) logs.of('p').info({ n }, 'x'.repeat(60));
    const names = readdirSync(join(home, 'logs')).toSorted();
    expect(names).toEqual(['vp.log', 'vp.log.1', 'vp.log.2', 'vp.log.3']);
    const kept = names.toReversed().flatMap((name) =>
      readFileSync(join(home, 'logs', name), 'utf8')
        .trimEnd()
        .split('\n')
        .map((line) => (JSON.parse(line) as { n: number }).n),
    );
    expect(kept).toEqual(Array.from({ length: kept.length }, (_none, n) => 200 - kept.length + n));
    for (const name of names) expect(statSync(join(home, 'logs', name)).size).toBeLessThanOrEqual(0.002 * 1024 * 1024);
  });

  it('goes on from what a file held before, and takes new limits at once', async () => {
    (await logsWith()).of('p').info('x'.repeat(1000));
    const logs = await logsWith({ rotate: { sizeMb: 20, files: 1 } });
    logs.of('p').info('second');
    logs.set({ ...SETTINGS, rotate: { sizeMb: 0.001, files: 1 } });
    logs.of('p').info('third');
    expect(lines()).toMatchObject([{ msg: 'third' }]);
    expect(existsSync(join(home, 'logs', 'vp.log.1'))).toBe(true);
  });
});

const canMount = ((): boolean => {
  try {
    const probe = mkdtempSync(join(tmpdir(), 'vp-probe-'));
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=64k', 'none', probe], { stdio: 'ignore' });
    execFileSync('umount', [probe]);
    rmSync(probe, { recursive: true });
    return true;
  } catch {
    return false;
  }
})();

describe('a disk that is full', () => {
  it.skipIf(!canMount)('loses lines and nothing else; what comes when there is space again is whole', async () => {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=64k', 'none', home]);
    try {
      const logs = await logsWith();
      writeFileSync(join(home, 'filler'), 'x'.repeat(40_000));
      for (let n = 0; n < 500; n += 1) logs.of('p').info({ n }, 'y'.repeat(100));
      rmSync(join(home, 'filler'));
      logs.of('p').info('space again');
      const text = readFileSync(join(home, 'logs', 'vp.log'), 'utf8')
        .trimEnd()
        .split('\n');
      expect(JSON.parse(text.at(-1) ?? '')).toMatchObject({ msg: 'space again' });
      expect(text.length).toBeLessThan(300);
      logs.close();
    } finally {
      execFileSync('umount', [home]);
    }
  });

  it('or a folder that has gone: writing goes on without a word', async () => {
    const logs = await logsWith({ rotate: { sizeMb: 0.001, files: 1 } });
    rmSync(join(home, 'logs'), { recursive: true });
    for (let n = 0; n < 50; n += 1) logs.of('p').info('y'.repeat(100));
  });
});
