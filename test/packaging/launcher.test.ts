/** `vp` on a Node that is too old for it. The version is feigned, so that this runs the same on every machine. */
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

const launcher = join(import.meta.dirname, '../../kernel/bin/vp.js');
const feign = `if (!process.env.VP_RELAUNCHED) Object.defineProperty(process, 'versions', { value: { ...process.versions, node: '20.20.2' } });`;
const oldNode = [`--import=data:text/javascript,${encodeURIComponent(feign)}`];

let folder = '';
let program = '';

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'vp-launcher-'));
  program = join(folder, 'node_modules/@vp/kernel/bin/vp.js');
  mkdirSync(join(program, '..'), { recursive: true });
  cpSync(launcher, program);
  const manifest = { name: '@vp/kernel', type: 'module', imports: { '#main': './bin/main.js' } };
  writeFileSync(join(program, '../../package.json'), JSON.stringify(manifest));
});

afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** What `vp` starts once it runs on a Node that fits. */
function writeMain(code: string): void {
  writeFileSync(join(program, '../main.js'), code);
}

/** Puts a Node beside VP, as the package node-<platform>-<arch> does. */
function installNode(version: string): void {
  const home = join(folder, `node_modules/node-${process.platform}-${process.arch}`);
  mkdirSync(join(home, 'bin'), { recursive: true });
  writeFileSync(join(home, 'package.json'), JSON.stringify({ version }));
  symlinkSync(process.execPath, join(home, 'bin/node'));
}

const run = (args: readonly string[], node: readonly string[] = oldNode) =>
  spawnSync(process.execPath, [...node, program, ...args], { encoding: 'utf8', cwd: folder });

describe('vp', () => {
  it('runs where it is when the Node fits', () => {
    writeMain('console.log(process.ppid, ...process.argv.slice(2));');
    expect(run(['status'], []).stdout).toBe(`${process.pid} status\n`);
  });

  it('says what to do when the Node is too old and there is no other', () => {
    writeMain("console.log('reached');");
    const { status, stdout, stderr } = run(['status']);
    expect({ status, stdout }).toEqual({ status: 2, stdout: '' });
    expect(stderr).toContain('this is Node 20.20.2; VP needs Node 26 or newer');
    expect(stderr).toContain('npm install --save-exact node-');
  });

  it('says it as JSON when asked for JSON', () => {
    const { error } = JSON.parse(run(['status', '--json']).stderr);
    expect(error).toEqual({ code: 'VP_NODE_TOO_OLD', message: expect.any(String), hint: expect.any(String) });
  });

  it('does not take a Node beside it that is too old as well', () => {
    installNode('22.1.0');
    writeMain("console.log('reached');");
    expect(run([]).status).toBe(2);
  });

  it('never takes a Node from the working directory', () => {
    installNode('26.10.0');
    writeMain("console.log('reached');");
    const elsewhere = mkdtempSync(join(tmpdir(), 'vp-launcher-elsewhere-'));
    try {
      cpSync(join(folder, 'node_modules/@vp'), join(elsewhere, 'node_modules/@vp'), { recursive: true });
      const { status } = spawnSync(process.execPath, [...oldNode, join(elsewhere, 'node_modules/@vp/kernel/bin/vp.js')], { cwd: folder });
      expect(status).toBe(2);
    } finally {
      rmSync(elsewhere, { recursive: true, force: true });
    }
  });

  it('goes on in the Node beside it, with its arguments, and ends with the same code', () => {
    installNode('26.10.0');
    writeMain('console.log(JSON.stringify(process.argv.slice(2)), process.env.VP_RELAUNCHED); process.exitCode = 4;');
    const { status, stdout } = run(['run', 'two words', '--json']);
    expect({ status, stdout }).toEqual({ status: 4, stdout: '["run","two words","--json"] undefined\n' });
  });

  it('does not start itself for ever when that Node is not what its package says', () => {
    installNode('26.10.0');
    writeMain("console.log('reached');");
    const always = encodeURIComponent(feign.replace('if (!process.env.VP_RELAUNCHED) ', ''));
    expect(run([], [`--import=data:text/javascript,${always}`]).status).toBe(2);
  });

  it('passes signals on and waits for the end', async () => {
    installNode('26.10.0');
    const ready = join(folder, 'ready');
    writeMain(
      `import { writeFileSync } from 'node:fs';
       const timer = setInterval(() => {}, 1000);
       process.on('SIGTERM', () => { clearInterval(timer); console.log('drained'); process.exitCode = 7; });
       writeFileSync(${JSON.stringify(ready)}, String(process.pid));`,
    );
    const child = spawn(process.execPath, [...oldNode, program], { stdio: ['ignore', 'pipe', 'inherit'] });
    let output = '';
    child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()));
    await expect.poll(() => existsSync(ready) && readFileSync(ready, 'utf8'), { timeout: 30_000 }).toMatch(/^\d+$/);
    child.kill('SIGTERM');
    const [code] = await once(child, 'close');
    expect({ code, output }).toEqual({ code: 7, output: 'drained\n' });
  });
});
