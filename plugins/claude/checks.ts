/** What `vp doctor` looks at for Claude Code. */
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { CheckResult, Checks } from '@vp/sdk';
import { findBin } from './start/bin.ts';
import { keptProof } from './canary/canary.ts';
import { leftovers } from './keep/leftovers.ts';
import { platformOf } from './platform/platform.ts';

const run = promisify(execFile);
const VERSION_TIMEOUT_MS = 10_000;

const checks: Checks = async ({ home, cwd, env }) => {
  const bin = programOf(env, cwd);
  const platform = platformOf(process.platform);
  const left = platform === undefined ? [] : await leftovers(home, platform);
  if (typeof bin !== 'string') return [bin, ...left];
  return [await versionCheck(bin), canaryCheck(home, bin), credentialCheck(env), ...left];
};

export default checks;

function programOf(env: Readonly<Record<string, string | undefined>>, cwd: string): string | CheckResult {
  try {
    return findBin(env['VP_CLAUDE_BIN'] ?? 'claude', env['PATH'], cwd);
  } catch {
    const hint = 'Install Claude Code, or set VP_CLAUDE_BIN or the option `bin` of @vp/claude to its path.';
    return { name: 'claude', state: 'failed', detail: 'not found on the PATH', hint };
  }
}

async function versionCheck(bin: string): Promise<CheckResult> {
  try {
    const { stdout } = await run(bin, ['--version'], { timeout: VERSION_TIMEOUT_MS });
    return { name: 'claude', state: 'ok', detail: `${stdout.trim()} at ${bin}` };
  } catch (error) {
    const detail = `${bin} does not run: ${error instanceof Error ? error.message : String(error)}`;
    return { name: 'claude', state: 'failed', detail, hint: 'Install Claude Code again.' };
  }
}

/** The gate is proved before the first session, so a missing proof is no fault. */
function canaryCheck(home: string, bin: string): CheckResult {
  const proof = keptProof(home, bin);
  if (proof === undefined) return { name: 'gate', state: 'ok', detail: 'will be proved on this program before its first session' };
  if (proof.fault === null) return { name: 'gate', state: 'ok', detail: `proved on this program at ${proof.at}` };
  return {
    name: 'gate',
    state: 'failed',
    detail: `does not hold: ${proof.fault}`,
    hint: 'Install another version of Claude Code; no session starts with this one.',
  };
}

/** Only whether there are any: what is in them is not read. */
function credentialCheck(env: Readonly<Record<string, string | undefined>>): CheckResult {
  const variable = ['ANTHROPIC_API_KEY', 'ANTHROPIC_AUTH_TOKEN', 'CLAUDE_CODE_OAUTH_TOKEN'].find((name) => env[name]);
  const file = join(env['CLAUDE_CONFIG_DIR'] ?? join(env['HOME'] ?? '', '.claude'), '.credentials.json');
  if (variable !== undefined) return { name: 'credentials', state: 'ok', detail: `from ${variable}` };
  if (existsSync(file)) return { name: 'credentials', state: 'ok', detail: `from ${file}` };
  const hint = 'Run `claude` once and log in, or set ANTHROPIC_API_KEY. (On macOS they may be in the keychain, which is not looked at.)';
  return { name: 'credentials', state: 'warning', detail: 'none found', hint };
}
