#!/usr/bin/env node
// Starts VP on a Node that can run it. Plain JavaScript, since an old Node may be the first to read it; keep it that way.
import { spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import module, { createRequire } from 'node:module';
import { constants, homedir } from 'node:os';
import { dirname, join } from 'node:path';

const wanted = 'Node 26 or newer, or 24.21 or newer of Node 24';

/** Whether VP runs on this version of Node; the same range as `engines` in package.json. */
function fits(version) {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  return major >= 26 || (major === 24 && minor >= 21);
}

/** The `node` program of the package node-<platform>-<arch> beside VP's own installation. The working directory is never searched. */
function installedNode() {
  try {
    const manifest = createRequire(import.meta.url).resolve(`node-${process.platform}-${process.arch}/package.json`);
    const { version } = JSON.parse(readFileSync(manifest, 'utf8'));
    return fits(version) ? join(dirname(manifest), 'bin', 'node') : undefined;
  } catch {
    return undefined;
  }
}

function refuse(code, message, hint) {
  const json = process.argv.includes('--json');
  console.error(json ? JSON.stringify({ error: { code, message, hint } }) : `vp: ${message}\n${hint}`);
  process.exitCode = 2;
}

/** Runs this very program on another Node, passes signals on and ends as it ends. */
function runOn(node) {
  const env = { ...process.env, VP_RELAUNCHED: '1' };
  const child = spawn(node, [...process.execArgv, ...process.argv.slice(1)], { stdio: 'inherit', env });
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGQUIT', 'SIGUSR2']) {
    process.on(signal, () => {
      // Ctrl-C on a terminal reaches the child as well: passing it on would make one press count as two.
      if (signal === 'SIGINT' && process.stdin.isTTY) return;
      child.kill(signal);
    });
  }
  child.on('error', (error) => refuse('VP_NODE_TOO_OLD', `cannot run ${node}: ${error.message}`, `Run vp with ${wanted}.`));
  child.on('exit', (code, signal) => {
    process.exitCode = code ?? 128 + (signal ? constants.signals[signal] : 0);
  });
}

/** Keeps compiled code in the state folder, which is the user's alone; the system's temporary folder is not. Never makes that folder. */
function keepCompiled() {
  const { VP_HOME, XDG_STATE_HOME, HOME } = process.env;
  const home = VP_HOME || join(XDG_STATE_HOME || join(HOME || homedir(), '.local', 'state'), 'vp');
  if (existsSync(home)) module.enableCompileCache?.(join(home, 'cache', 'node'));
}

function start() {
  if (process.platform === 'win32') {
    return refuse(
      'VP_PLATFORM_UNSUPPORTED',
      'VP does not run on Windows itself',
      'Run it inside WSL 2: https://learn.microsoft.com/windows/wsl/install',
    );
  }
  const relaunched = process.env.VP_RELAUNCHED !== undefined;
  delete process.env.VP_RELAUNCHED;
  if (fits(process.versions.node)) {
    keepCompiled();
    return import('#main');
  }
  const node = relaunched ? undefined : installedNode();
  if (node) return runOn(node);
  return refuse(
    'VP_NODE_TOO_OLD',
    `this is Node ${process.versions.node}; VP needs ${wanted}`,
    `Install a newer Node, or add one to the project that VP is installed in: npm install --save-exact node-${process.platform}-${process.arch}@26.10.0`,
  );
}

await start();
