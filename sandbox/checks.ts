/** What `vp doctor` looks at for the sandbox: the two walls, and what was granted. */
import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { isVpError, reasonOf, type CheckResult, type Checks } from '@vp/sdk';
import { runningPlugins } from './commands/project.ts';
import { readGrants } from './permissions/grants.ts';
import { hostCommand } from './process/command.ts';
import { isolation } from './process/isolation.ts';

const START_MS = 10_000;

export const checks: Checks = async ({ home }) => [await hostCheck(), await networkCheck(), ...grantChecks(home)];

/** Starts a host as a plugin's is started, and waits for its first line. */
async function hostCheck(): Promise<CheckResult> {
  const name = 'sandbox';
  const folder = mkdtempSync(join(tmpdir(), 'vp-doctor-'));
  const hint = 'Plugins in the sandbox do not start. Install VP again with the Node that runs it; see the detail above.';
  try {
    const { program, args, cwd } = await hostCommand('vp doctor', folder);
    // Its input ends at once, and so does it.
    const running = promisify(execFile)(program, args, { cwd, env: {}, timeout: START_MS });
    running.child.stdin?.end();
    const { stdout, stderr } = await running.catch((error: unknown) => error as { stdout?: string; stderr?: string; message?: string });
    if (stdout?.startsWith('{"t":"up"}') === true) return { name, state: 'ok', detail: 'a host process starts and loads isolated-vm' };
    return { name, state: 'failed', detail: `a host process does not start: ${stderr?.trim().slice(-300) || 'it said nothing'}`, hint };
  } catch (error) {
    return { name, state: 'failed', detail: reasonOf(error), hint };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** What holds a plugin that has broken out of its isolate off the network. */
async function networkCheck(): Promise<CheckResult> {
  const name = 'sandbox network';
  const { netns, permissionNet, why = 'unknown' } = await isolation();
  const model = permissionNet ? "Node's permission model denies it" : "this Node's permission model does not cover it";
  if (netns) return { name, state: 'ok', detail: `hosts have a network namespace of their own, without a way out; ${model}` };
  const detail = `no network namespace (${why}); ${model}`;
  const remedy = 'Allow unprivileged user namespaces, or run VP where they are allowed';
  if (permissionNet) return { name, state: 'warning', detail, hint: `One wall fewer: ${lower(remedy)}.` };
  return {
    name,
    state: 'failed',
    detail,
    hint: `A plugin that breaks out of its isolate can use the network. ${remedy}, or use Node 25 or newer.`,
  };
}

function grantChecks(home: string): CheckResult[] {
  const file = join(home, 'grants.json');
  const name = 'grants';
  try {
    const grants = readGrants(home);
    const mode = statSync(file, { throwIfNoEntry: false })?.mode;
    if (mode === undefined) return [{ name, state: 'ok', detail: 'none was given' }];
    const isOpen = (mode & 0o077) !== 0;
    const detail = `${grants.size} in ${file}${isOpen ? ', which other users can read or change' : ''}`;
    return [{ name, state: isOpen ? 'warning' : 'ok', detail, hint: `chmod 600 ${file}` }, ...leftOver(grants.keys(), home)];
  } catch (error) {
    const hint = (isVpError(error) ? error.hint : undefined) ?? 'Make it readable for this user.';
    return [{ name, state: 'failed', detail: `${file}: ${reasonOf(error)}`, hint }];
  }
}

/** Grants of plugins that the service does not have: no fault, but nothing that anybody needs either. */
function leftOver(granted: Iterable<string>, home: string): CheckResult[] {
  const running = runningPlugins(home);
  const left = running === undefined ? [] : [...granted].filter((plugin) => !running.includes(plugin));
  if (left.length === 0) return [];
  return [
    {
      name: 'grants',
      state: 'ok',
      detail: `given to plugins that the last service did not have: ${left.join(', ')}; \`vp plugin revoke\` takes one back`,
    },
  ];
}

function lower(text: string): string {
  return text.slice(0, 1).toLowerCase() + text.slice(1);
}
