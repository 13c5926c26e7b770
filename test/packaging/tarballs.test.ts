/** What is published works where nothing of this repository is: packed, installed into an empty project, used from there. */
import { execFileSync, spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, globSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const root = join(import.meta.dirname, '../..');
const minutes = 60_000;

const plugin = `import { writeFileSync } from 'node:fs';
import { definePlugin, deny, type PluginContext } from '@vp/sdk';

const no: string = deny('no').level;

export default definePlugin<{ file: string }>({
  name: 'greeter',
  version: '1.2.3',
  config: { type: 'object', required: ['file'], additionalProperties: false, properties: { file: { type: 'string' } } },
  hooks: { 'pre-command': (call) => (call.tool === 'Bash' ? deny('not here') : undefined) },
  setup(ctx: PluginContext<{ file: string }>) {
    writeFileSync(ctx.config.file, 'up ' + no);
    ctx.own('greeting', () => writeFileSync(ctx.config.file, 'down'));
  },
});
`;

let built = '';
let project = '';
let service: ChildProcess | undefined;

/** The machine's own path: its own Node, no folder of this repository. */
const machinePath = (process.env['PATH'] ?? '').split(delimiter).filter((folder) => !folder.includes('node_modules'));

/** npm as somebody runs it who installs VP, with the settings and the cache of this machine. */
function npm(...args: readonly string[]): void {
  const { HOME, npm_config_cache: cache, npm_config_registry: registry } = process.env;
  const settings = { ...(cache ? { npm_config_cache: cache } : {}), ...(registry ? { npm_config_registry: registry } : {}) };
  const env = { HOME, PATH: machinePath.join(delimiter), ...settings };
  const quiet = ['--prefer-offline', '--no-audit', '--no-fund', '--no-update-notifier'];
  execFileSync('npm', [...args, ...quiet], { cwd: project, env, stdio: ['ignore', 'ignore', 'pipe'] });
}

/** The environment that the installed `vp` runs in. */
function environment(): NodeJS.ProcessEnv {
  const home = join(project, 'home');
  return { HOME: home, CLAUDE_CONFIG_DIR: home, PATH: machinePath.join(delimiter), VP_HOME: join(project, 'state') };
}

/** Runs the installed `vp` as a shell would, through its own first line. */
function vp(...args: readonly string[]): { status: number | null; stdout: string; stderr: string } {
  return spawnSync(join(project, 'node_modules/.bin/vp'), args, { cwd: project, env: environment(), encoding: 'utf8' });
}

const contents = (tarball: string): string[] =>
  execFileSync('tar', ['-tzf', tarball], { encoding: 'utf8' })
    .trimEnd()
    .split('\n')
    .map((path) => path.replace('package/', ''));

const packed = (name: string): Record<string, unknown> => JSON.parse(readFileSync(join(built, name, 'package.json'), 'utf8'));

beforeAll(() => {
  built = mkdtempSync(join(tmpdir(), 'vp-built-'));
  execFileSync(process.execPath, [join(root, '.ci/build.ts'), built], { stdio: ['ignore', 'ignore', 'pipe'] });
  project = mkdtempSync(join(tmpdir(), 'vp-tarballs-'));
  mkdirSync(join(project, 'home'));
  writeFileSync(join(project, 'package.json'), JSON.stringify({ name: 'empty', private: true, type: 'module' }));
  // A machine whose own Node is too old needs one beside VP; the README says so.
  const { optionalDependencies = {} } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  const nodes = Object.entries(optionalDependencies).map(([name, version]) => `${name}@${String(version)}`);
  npm('install', '--ignore-scripts', ...globSync(join(built, '*.tgz')));
  npm('install', '--save-optional', '--save-exact', ...nodes);
}, 10 * minutes);

afterAll(async () => {
  if (service && service.exitCode === null && service.signalCode === null) {
    service.kill('SIGKILL');
    await once(service, 'exit');
  }
  rmSync(project, { recursive: true, force: true });
  rmSync(built, { recursive: true, force: true });
});

describe('the tarballs', () => {
  it('are one for each published package', () => {
    const names = globSync('*.tgz', { cwd: built }).map((file) => file.replace(/^vp-(.*)-\d.*$/, '$1'));
    expect(names.toSorted()).toEqual([
      'charter',
      'claude',
      'gateway',
      'kernel',
      'policy',
      'pool',
      'recovery',
      'sandbox',
      'schemas',
      'sdk',
      'store',
    ]);
  });

  it('carry JavaScript and declarations, and neither sources nor tests nor the agent', () => {
    for (const tarball of globSync(join(built, '*.tgz'))) {
      const files = contents(tarball);
      expect(files).toContain('LICENSE');
      expect(files.filter((file) => file.endsWith('.ts') && !file.endsWith('.d.ts'))).toEqual([]);
      expect(files.filter((file) => /(^|\/)(test|bench|fixtures|node_modules)\/|\.test\.|claude-code/.test(file))).toEqual([]);
    }
  });

  it('name no devDependency, no source and no range of another VP package', () => {
    for (const path of globSync('*/package.json', { cwd: built })) {
      const text = readFileSync(join(built, path), 'utf8');
      const manifest = JSON.parse(text) as { devDependencies?: object; version: string; dependencies?: Record<string, string> };
      expect(manifest.devDependencies).toBeUndefined();
      expect(text).not.toMatch(/(?<!\.d)\.ts"/);
      const own = Object.entries(manifest.dependencies ?? {}).filter(([name]) => name.startsWith('@vp/'));
      expect(own.filter(([, version]) => version !== manifest.version)).toEqual([]);
    }
  });

  it('give the SDK no dependency at all', () => {
    const { dependencies, peerDependencies, optionalDependencies } = packed('sdk');
    expect({ dependencies, peerDependencies, optionalDependencies }).toEqual({});
    const texts = globSync(join(built, 'sdk/**/*.{js,d.ts}')).map((path) => readFileSync(path, 'utf8'));
    expect(texts.filter((text) => text.includes('@vp/schemas'))).toEqual([]);
  });

  it('hold every file that their manifests point at', () => {
    for (const path of globSync('*/package.json', { cwd: built })) {
      const { exports, bin, imports } = JSON.parse(readFileSync(join(built, path), 'utf8')) as Record<string, unknown>;
      const targets = JSON.stringify([exports, bin, imports]).match(/"\.?\/?[\w./-]+\.(?:js|ts|json|sh)"/g) ?? [];
      const missing = targets
        .map((target) => JSON.parse(target) as string)
        .filter((target) => !existsSync(join(built, path, '..', target)));
      expect({ path, missing }).toEqual({ path, missing: [] });
    }
  });
});

describe('an empty project with the tarballs installed', () => {
  it('compiles a plugin written there, strictly and with the declarations checked', () => {
    writeFileSync(join(project, 'greeter.ts'), plugin);
    const compilerOptions = { module: 'nodenext', target: 'esnext', strict: true, noEmit: true, skipLibCheck: false, types: ['node'] };
    const typeRoots = [join(root, 'node_modules/@types')];
    writeFileSync(
      join(project, 'tsconfig.json'),
      JSON.stringify({ compilerOptions: { ...compilerOptions, typeRoots }, files: ['greeter.ts'] }),
    );
    const { stdout, status } = spawnSync(join(root, 'node_modules/.bin/tsc'), ['-p', project], { encoding: 'utf8' });
    expect({ stdout, status }).toEqual({ stdout: '', status: 0 });
  });

  it('runs that plugin and the published ones with `vp`', { timeout: 3 * minutes }, async () => {
    const file = join(project, 'greeting.txt');
    const greeter = { use: './greeter.ts', trust: 'kernel', config: { file } };
    writeFileSync(join(project, 'boxed.ts'), "import { definePlugin } from '@vp/sdk';\nexport default definePlugin({ name: 'boxed' });\n");
    const config = { plugins: ['@vp/charter', '@vp/claude', greeter, './boxed.ts'] };
    writeFileSync(join(project, 'vp.config.json'), JSON.stringify(config));
    expect(vp('status', '--json').status).toBe(3);

    service = spawn(join(project, 'node_modules/.bin/vp'), ['start'], {
      cwd: project,
      env: environment(),
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let output = '';
    service.stdout?.on('data', (chunk: Buffer) => (output += chunk.toString()));
    service.stderr?.on('data', (chunk: Buffer) => (output += chunk.toString()));
    const ended = once(service, 'close');
    await expect
      .poll(() => (service?.exitCode === null ? vp('status', '--json').status : output), { timeout: minutes, interval: 500 })
      .toBe(0);
    expect(readFileSync(file, 'utf8')).toBe('up deny');

    const rows = JSON.parse(vp('plugins', '--json').stdout) as { name: string; version: string; state: string; tier: string }[];
    expect(rows.map(({ name, state, tier }) => `${name} ${state} ${tier}`).toSorted()).toEqual([
      '@vp/charter active first-party',
      '@vp/claude active first-party',
      'boxed active sandboxed',
      'greeter active kernel',
    ]);
    expect(rows.find(({ name }) => name === 'greeter')?.version).toBe('1.2.3');

    const stopped = vp('stop');
    expect(stopped, stopped.stderr).toMatchObject({ status: 0 });
    await ended;
    expect(readFileSync(file, 'utf8')).toBe('down');
    expect(vp('status', '--json').status).toBe(3);
  });
});
