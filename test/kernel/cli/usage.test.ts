import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { place, type Place } from '../../support/vp.ts';

let at: Place;

beforeAll(async () => {
  at = await place();
});
afterAll(() => at.remove());

/** Tells on standard error which modules of plugins are loaded. */
const TELL = `--import=data:text/javascript,${encodeURIComponent(
  `import { registerHooks } from 'node:module';
   registerHooks({ load(url, context, next) { if (/\\/plugins\\/.*\\.ts$/.test(url)) process.stderr.write('LOADED ' + url + '\\n'); return next(url, context); } });`,
)}`;

const usage = (text: string): unknown => (JSON.parse(text) as { error: unknown }).error;

describe('vp --help', () => {
  it('lists every command, also those of plugins, without loading any plugin code', async () => {
    const { code, out, err } = await at.vp(['--help'], { env: { NODE_OPTIONS: TELL } });
    expect({ code, err }).toEqual({ code: 0, err: '' });
    for (const name of ['start', 'stop', 'reload', 'status', 'plugins', 'logs', 'run', 'doctor', 'config', 'charter']) {
      expect(out).toMatch(new RegExp(`^ {2}${name}\\b`, 'm'));
    }
  });

  it('says of each command what it takes', async () => {
    const [run, config] = await Promise.all([at.vp(['run', '--help']), at.vp(['config', 'show', '--help'])]);
    expect(run.out).toMatch(/--json[\s\S]*--cwd <dir>[\s\S]*--priority <priority>[\s\S]*choices: "critical"/);
    expect(config.out).toContain('--origin');
  });

  it('loads the code of a plugin for a command of that plugin, so the proof above can fail', async () => {
    const { err } = await at.vp(['charter', 'check', 'nothing.yaml'], { env: { NODE_OPTIONS: TELL } });
    expect(err).toContain('LOADED');
  });

  it('and --version are on standard output, with 0; no command at all is wrong use', async () => {
    const [version, nothing] = await Promise.all([at.vp(['--version']), at.vp([])]);
    expect(version).toMatchObject({ code: 0, out: expect.stringMatching(/^\d+\.\d+\.\d+\n$/) });
    expect(nothing).toMatchObject({ code: 2, out: '', err: expect.stringContaining('Usage: vp') });
  });
});

describe('wrong use', () => {
  it.each([
    [['statsu'], "unknown command 'statsu'", 'Did you mean status?'],
    [['status', '--jsno'], "unknown option '--jsno'", 'Did you mean --json?'],
    [['config', 'shwo'], "unknown command 'shwo'", 'Did you mean show?'],
    [['run', 'x', '--priorty', 'high'], "unknown option '--priorty'", 'Did you mean --priority?'],
    [['start', '--config'], "option '--config <file>' argument missing", 'vp --help'],
    [['run'], "missing required argument 'prompt'", 'vp --help'],
    [['run', 'x', '--priority', 'urgent'], 'Allowed choices are critical, high, medium, low', 'vp --help'],
    [['status', 'extra'], 'too many arguments', 'vp --help'],
  ])('%j is told, with the nearest there is, and ends with 2', async (args, message, nearest) => {
    const [text, json] = await Promise.all([
      at.vp(args),
      at.vp([...args, '--json'].toSorted((a, b) => Number(a === '--config') - Number(b === '--config'))),
    ]);
    expect(text).toMatchObject({ code: 2, out: '' });
    expect(text.err).toContain(message);
    expect(text.err).toContain(nearest);
    expect(json).toMatchObject({ code: 2, out: '' });
    expect(usage(json.err)).toMatchObject({
      code: 'VP_USAGE',
      message: expect.stringContaining(message),
      hint: expect.stringContaining(nearest),
    });
  });

  it('of vp run is told the same way', async () => {
    const [empty, seconds] = await Promise.all([at.vp(['run', '  ', '--json']), at.vp(['run', 'x', '--timeout', 'soon', '--json'])]);
    for (const one of [empty, seconds]) {
      expect(one).toMatchObject({ code: 2, out: '' });
      expect(usage(one.err)).toMatchObject({ code: 'VP_USAGE' });
    }
  });
});

describe('inside a session', () => {
  const env = { VP_SESSION: 'some-session' };

  it.each([[['start']], [['stop']], [['reload']], [['run', 'x']]])('%j is refused, with 4', async (args) => {
    const { code, out, err } = await at.vp([...args, '--json'], { env });
    expect({ code, out }).toEqual({ code: 4, out: '' });
    expect(usage(err)).toMatchObject({ code: 'VP_INSIDE_SESSION', hint: expect.any(String) });
  });

  it('what only reads is not', async () => {
    const [status, config, help] = await Promise.all([
      at.vp(['status', '--json'], { env }),
      at.vp(['config', 'show', '--json'], { env }),
      at.vp(['--help'], { env }),
    ]);
    expect([status.code, config.code, help.code]).toEqual([3, 0, 0]);
  });
});

describe('vp doctor', () => {
  it('says what it found and what to do, for people and as JSON', async () => {
    const [text, json] = await Promise.all([at.vp(['doctor']), at.vp(['doctor', '--json'])]);
    const { ok, checks } = JSON.parse(json.out) as { ok: boolean; checks: { name: string; state: string; hint?: string }[] };
    expect([text.code, json.code, ok, json.err]).toEqual([0, 0, true, '']);
    expect(checks.map((check) => check.name)).toEqual(
      expect.arrayContaining(['node', 'state folder', 'socket path', 'disk', 'config', 'service', 'claude', 'gate', 'credentials']),
    );
    for (const { name } of checks) expect(text.out).toMatch(new RegExp(`^[✓!✗] ${name}: `, 'm'));
    expect(checks.find((check) => check.name === 'config')).toMatchObject({
      state: 'warning',
      hint: expect.stringContaining('vp.config.ts'),
    });
  });

  it('ends with 1 where something cannot work', async () => {
    await at.write('file', '');
    const { code, out } = await at.vp(['doctor', '--json'], { env: { VP_HOME: join(at.desk, 'file') } });
    expect(code).toBe(1);
    expect(JSON.parse(out)).toMatchObject({ ok: false });
  });
});
