import { appendFileSync, existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { LogReader } from '../../../kernel/service/log-reader.ts';
import { openLogFile } from '../../../kernel/service/rotate.ts';
import { place, type Place } from '../../support/vp.ts';

let at: Place;
let file = '';

beforeEach(async () => {
  at = await place();
  mkdirSync(join(at.state, 'logs'), { recursive: true });
  file = join(at.state, 'logs', 'vp.log');
});
afterEach(() => at.remove());

const LEVELS = { debug: 20, info: 30, warn: 40, error: 50 };
const line = (msg: string, more: { level?: keyof typeof LEVELS; plugin?: string; time?: Date; [field: string]: unknown } = {}): string => {
  const { level = 'info', plugin = 'kernel', time = new Date(), ...rest } = more;
  return `${JSON.stringify({ level: LEVELS[level], time: time.toISOString(), plugin, ...rest, msg })}\n`;
};
const ago = (minutes: number): Date => new Date(Date.now() - minutes * 60_000);
const messages = (out: string): string[] =>
  out === ''
    ? []
    : out
        .trimEnd()
        .split('\n')
        .map((one) => (JSON.parse(one) as { msg: string }).msg);
const numbers = (from: number, to: number): string[] => Array.from({ length: to - from + 1 }, (_, n) => String(from + n));

describe('vp logs', () => {
  it('says that there is no log yet, with 0', async () => {
    const [text, json] = await Promise.all([at.vp(['logs']), at.vp(['logs', '--json'])]);
    expect(text).toMatchObject({ code: 0, out: '', err: expect.stringContaining('`vp start` writes one') });
    expect(json).toMatchObject({ code: 0, out: '', err: '' });
  });

  it('shows what a service that has ended left, for people and as the lines that are in the file', async () => {
    const run = await at.service();
    run.child.kill('SIGTERM');
    await run.ended;
    const [text, json] = await Promise.all([at.vp(['logs']), at.vp(['logs', '--json'])]);
    expect(text).toMatchObject({ code: 0, err: '' });
    expect(text.out).toMatch(/\[\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\] INFO: kernel: stopped\n$/);
    expect(json).toMatchObject({ code: 0, out: readFileSync(file, 'utf8'), err: '' });
  });

  it('shows the newest lines of all files, oldest first', async () => {
    writeFileSync(
      `${file}.2`,
      numbers(1, 100)
        .map((n) => line(n))
        .join(''),
    );
    writeFileSync(
      `${file}.1`,
      numbers(101, 150)
        .map((n) => line(n))
        .join(''),
    );
    writeFileSync(
      file,
      numbers(151, 170)
        .map((n) => line(n))
        .join(''),
    );
    const [few, usual, all, none] = await Promise.all(
      [['-n', '25'], [], ['-n', '1000'], ['-n', '0']].map((args) => at.vp(['logs', '--json', ...args])),
    );
    expect(messages(few?.out ?? '')).toEqual(numbers(146, 170));
    expect(messages(usual?.out ?? '')).toEqual(numbers(71, 170));
    expect(messages(all?.out ?? '')).toEqual(numbers(1, 170));
    expect(messages(none?.out ?? '')).toEqual([]);
  });

  it('shows the lines of one plugin, of a level and above, and of the last time span', async () => {
    writeFileSync(`${file}.1`, line('old', { time: ago(300), plugin: '@vp/pool', level: 'error' }));
    writeFileSync(
      file,
      [
        line('a', { plugin: '@vp/pool', level: 'debug', time: ago(90) }),
        line('b', { plugin: '@vp/pool', level: 'warn', time: ago(30) }),
        line('c', { plugin: '@vp/claude', level: 'error', time: ago(20) }),
        line('d', { plugin: 'mine', time: ago(1) }),
      ].join(''),
    );
    const shown = async (...args: string[]): Promise<string[]> => messages((await at.vp(['logs', '--json', ...args])).out);
    expect(
      await Promise.all([
        shown('--plugin', 'pool'),
        shown('--plugin', '@vp/pool', '--level', 'warn'),
        shown('--level', 'warn', '--since', '1h'),
        shown('--since', '1h30m30s'),
        shown('--since', '1d', '-n', '2'),
        shown('--plugin', 'mine'),
      ]),
    ).toEqual([['old', 'a', 'b'], ['old', 'b'], ['b', 'c'], ['a', 'b', 'c', 'd'], ['c', 'd'], ['d']]);
  });

  it('shows a line that is no JSON to people as it is, and lets no line steer the terminal', async () => {
    writeFileSync(file, `torn {"level":\n${line('said \u001b[2J\u009b1m', { note: '\u001b]0;title\u0007' })}`);
    const [text, json] = await Promise.all([at.vp(['logs']), at.vp(['logs', '--json'])]);
    expect(text.out).toContain('torn {"level":\n');
    expect(text.out).toContain('said \\x1b[2J');
    expect(text.out).not.toMatch(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/);
    expect(messages(json.out)).toEqual(['said \u001b[2J\u009b1m']);
  });

  it.each([
    [['--since', 'soon'], 'VP_OPTION_INVALID', '2h'],
    [['--since', ''], 'VP_OPTION_INVALID', '2h'],
    [['-n', '-3'], 'VP_OPTION_INVALID', '-n 50'],
    [['--level', 'loud'], 'VP_USAGE', 'vp --help'],
  ])('refuses %j with 2 and says what to write', async (args, code, hint) => {
    const ran = await at.vp(['logs', '--json', ...args]);
    expect(ran).toMatchObject({ code: 2, out: '' });
    expect(JSON.parse(ran.err)).toMatchObject({ error: { code, hint: expect.stringContaining(hint) } });
  });
});

describe('vp logs -f', () => {
  it('goes on with what comes, across rotations, until Ctrl-C ends it with 0', async () => {
    const log = openLogFile(file, () => ({ bytes: 1_000, files: 50 }));
    for (const n of numbers(1, 5)) log.write(line(n));
    const run = at.spawn(['logs', '-f', '--json']);
    await run.says('"msg":"5"');
    for (const n of numbers(6, 200)) {
      log.write(line(n));
      if (Number(n) % 40 === 0) await run.says(`"msg":"${n}"`);
    }
    await run.says('"msg":"200"');
    expect(existsSync(`${file}.10`)).toBe(true);
    run.child.kill('SIGINT');
    const { code, signal, out, err } = await run.ended;
    log.end();
    expect({ code, signal, err }).toEqual({ code: 0, signal: null, err: '' });
    expect(messages(out)).toEqual(numbers(1, 200));
  });

  it('waits for a log that is not there yet, and shows only what is asked for', async () => {
    const run = at.spawn(['logs', '--follow', '--plugin', 'mine', '--level', 'warn']);
    await run.says('no log in', 'err');
    appendFileSync(
      file,
      line('one', { plugin: 'mine', level: 'warn' }) + line('two', { plugin: 'mine' }) + line('three', { level: 'error' }),
    );
    await run.says('mine: one');
    const half = line('four', { plugin: 'mine', level: 'error' });
    appendFileSync(file, half.slice(0, 20));
    appendFileSync(file, half.slice(20));
    await run.says('mine: four');
    run.child.kill('SIGTERM');
    const { code, out } = await run.ended;
    expect(code).toBe(0);
    expect(out.trimEnd().split('\n')).toHaveLength(2);
  });
});

describe('the reader of the log', () => {
  it('gives each line once, whatever moves while it reads', () => {
    const log = openLogFile(file, () => ({ bytes: 500, files: 1000 }));
    let n = 0;
    const write = (count: number): void => {
      for (const last = n + count; n < last;) log.write(line(String((n += 1))));
    };
    write(20);
    const reader = new LogReader(file);
    const past: string[] = [];
    for (const lines of reader.past()) {
      past.unshift(...lines);
      write(3);
    }
    const all = [...past];
    for (let round = 0; round < 20; round += 1) {
      all.push(...reader.more());
      write(round * 2);
    }
    all.push(...reader.more());
    reader.close();
    log.end();
    expect(messages(all.join('\n'))).toEqual(numbers(1, n));
  });

  it('goes on from the start of a file that somebody has emptied, and with one that took its place', () => {
    writeFileSync(file, line('1') + line('2'));
    const reader = new LogReader(file);
    expect(messages(reader.more().join('\n'))).toEqual(['1', '2']);
    writeFileSync(file, line('3'));
    expect(messages(reader.more().join('\n'))).toEqual(['3']);
    writeFileSync(`${file}~`, line('4'));
    renameSync(`${file}~`, file);
    expect(messages(reader.more().join('\n'))).toEqual(['4']);
    expect(reader.more()).toEqual([]);
    reader.close();
  });
});
