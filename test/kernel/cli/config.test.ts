import { spawnSync } from 'node:child_process';
import { chmodSync, chownSync, existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { repository } from '../../support/api/index.ts';
import { place, type Place } from '../../support/vp.ts';

let at: Place;

beforeEach(async () => {
  at = await place();
});
afterEach(() => at.remove());

const json = (text: string): never => JSON.parse(text) as never;

describe('vp config show', () => {
  it('says where each value comes from: file, environment, default', async () => {
    await at.config({ log: { level: 'warn' }, deadlines: { setup: 77 } });
    const env = { DAEMON_HEARTBEAT_INTERVAL: '5000', VP_LOG_LEVEL: 'error' };
    const [text, shown, plain] = await Promise.all([
      at.vp(['config', 'show', '--origin'], { env }),
      at.vp(['config', 'show', '--origin', '--json'], { env }),
      at.vp(['config', 'show', '--json']),
    ]);
    const file = join(at.desk, 'vp.config.json');
    expect(text.out).toContain(`/deadlines/setup = 77  (${file})`);
    expect(text.out).toContain('/log/level = "error"  (env VP_LOG_LEVEL)');
    expect(text.out).toContain('/health/heartbeatMs = 5000  (env DAEMON_HEARTBEAT_INTERVAL)');
    expect(text.out).toContain('/deadlines/drain = 10000  (default)');
    expect(json(shown.out)).toMatchObject({
      config: { log: { level: 'error' } },
      origins: { '/deadlines/setup': file, '/log/level': 'env VP_LOG_LEVEL' },
    });
    expect(json(plain.out)).toMatchObject({ log: { level: 'warn' }, health: { heartbeatMs: 30_000 } });
  });
});

describe('a config that cannot be used', () => {
  it.each([
    ['a wrong type', 'vp.config.json', '{"plugins": "all"}', 'VP_CONFIG_INVALID', '/plugins'],
    ['an unknown key', 'vp.config.json', '{"plugin": []}', 'VP_CONFIG_INVALID', '/plugin'],
    ['broken JSON', 'vp.config.json', '{"plugins": [', 'VP_CONFIG_UNREADABLE', undefined],
    ['broken TypeScript', 'vp.config.ts', 'export default {', 'VP_CONFIG_UNREADABLE', undefined],
    ['code that throws', 'vp.config.ts', 'throw new Error("no");', 'VP_CONFIG_UNREADABLE', undefined],
    ['a plugin that is not there', 'vp.config.json', '{"plugins": ["@nobody/nothing"]}', 'VP_PLUGIN_NOT_FOUND', undefined],
  ])('%s: 2, the file, the path, what to do, and nothing is started', async (_what, name, text, code, path) => {
    const file = await at.write(name, text);
    const ran = await at.vp(['start', '--json']);
    expect(ran).toMatchObject({ code: 2, out: '' });
    const last = ran.err.trim().split('\n').at(-1) ?? '';
    const { error } = json(last) as { error: Record<string, unknown> };
    expect(error).toMatchObject({ code, file, hint: expect.any(String), ...(path === undefined ? {} : { path }) });
    expect(existsSync(join(at.state, 'kernel.pid'))).toBe(false);
    expect(existsSync(join(at.state, 'vp.sock'))).toBe(false);
  });

  it('is told to people with file and remedy', async () => {
    const file = await at.write('vp.config.json', '{"plugins": "all"}');
    const { err } = await at.vp(['start']);
    expect(err).toMatch(/^error VP_CONFIG_INVALID [\s\S]*\/plugins[\s\S]*\n {2}in .*\n {2}→ Mend/m);
    expect(err).toContain(`in ${file}`);
  });

  it('that is not there is named', async () => {
    const { code, err } = await at.vp(['start', '--config', 'nowhere.ts', '--json']);
    expect(code).toBe(2);
    expect(json(err)).toMatchObject({ error: { code: 'VP_CONFIG_MISSING', file: join(at.desk, 'nowhere.ts') } });
  });
});

describe('a directory that cannot be used', () => {
  it('as --cwd of a session is named, and nothing runs', async () => {
    const { code, err, out } = await at.vp(['run', 'x', '--cwd', 'nowhere', '--json']);
    expect({ code, out }).toEqual({ code: 2, out: '' });
    expect(json(err)).toMatchObject({ error: { code: 'VP_CWD_INVALID', message: expect.stringContaining('nowhere') } });
    expect(existsSync(join(at.state, 'kernel.pid'))).toBe(false);
  });

  it('as the working directory, since it was removed, is told', async () => {
    const gone = join(at.root, 'gone');
    mkdirSync(gone);
    const launcher = join(repository, 'kernel', 'bin', 'vp.js');
    const script = 'rmdir "$PWD" && exec "$@"';
    const env = { ...at.env, VP_HOME: at.state };
    const ran = spawnSync('sh', ['-c', script, 'sh', process.execPath, launcher, 'start', '--json'], { cwd: gone, env, encoding: 'utf8' });
    expect([ran.status, ran.stdout]).toEqual([2, '']);
    expect(json(ran.stderr)).toMatchObject({ error: { code: 'VP_CWD_GONE' } });
  });

  it('as the state folder is named', async () => {
    const file = await at.write('file', '');
    const { code, err } = await at.vp(['start', '--json'], { env: { VP_HOME: file } });
    expect(code).toBe(2);
    expect(json(err)).toMatchObject({ error: { code: 'VP_HOME_UNUSABLE', file, hint: expect.stringContaining('VP_HOME') } });
  });

  it.skipIf(process.getuid?.() !== 0)('for want of permission is named: config, state folder, working directory', async () => {
    const uid = 65_534;
    chmodSync(at.root, 0o755);
    const own = join(at.root, 'own');
    mkdirSync(own, { mode: 0o700 });
    chownSync(own, uid, uid);
    const file = await at.write('vp.config.json', '{}');
    chmodSync(file, 0o600);
    chmodSync(at.project, 0o700);
    const [config, home, cwd] = await Promise.all([
      at.vp(['start', '--json'], { uid, env: { VP_HOME: join(own, 'a'), HOME: own } }),
      at.vp(['start', '--json'], { uid, env: { VP_HOME: join(at.root, 'state'), HOME: own }, cwd: at.root }),
      at.vp(['run', 'x', '--cwd', at.project, '--json'], { uid, env: { VP_HOME: join(own, 'b'), HOME: own }, cwd: own }),
    ]);
    expect([config.code, home.code, cwd.code]).toEqual([2, 2, 2]);
    expect(json(config.err)).toMatchObject({ error: { code: 'VP_CONFIG_UNREADABLE', file } });
    expect(json(home.err)).toMatchObject({ error: { code: 'VP_HOME_UNUSABLE', file: at.state } });
    expect(json(cwd.err)).toMatchObject({ error: { code: 'VP_CWD_INVALID' } });
  });
});
