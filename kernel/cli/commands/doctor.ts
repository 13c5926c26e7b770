/** `vp doctor`: looks for what is missing or left over, and says what to do. Runs no code of the project's config. */
import { statfsSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { isVpError, type CheckResult } from '@vp/sdk';
import { homeOf } from '../../core/home.ts';
import { reasonOf } from '../../core/errors.ts';
import { prepareHome } from '../../service/lock.ts';
import { readStatus } from '../../service/status-file.ts';
import { configFile } from '../config-file.ts';
import { firstParty, loadChecks } from '../contributed.ts';
import { EXIT, styled } from '../output.ts';
import type { Extensions, Invocation } from '../invocation.ts';
import { connect } from '../remote.ts';

const SOCKET_PATH_LIMIT = 107;
const ANSWER_MS = 2_000;
const MARKS = { ok: ['green', '✓'], warning: ['yellow', '!'], failed: ['red', '✗'] } as const;

export default async function doctor({ json, extensions }: Invocation): Promise<number> {
  const home = homeOf(process.env);
  const results = [
    nodeCheck(),
    homeCheck(home),
    ...spaceChecks(home),
    await configCheck(),
    serviceCheck(home),
    ...(await socketChecks(home)),
    ...(await pluginChecks(home, extensions)),
  ];
  if (json) process.stdout.write(`${JSON.stringify({ ok: results.every((one) => one.state !== 'failed'), checks: results })}\n`);
  else for (const result of results) process.stdout.write(`${lineOf(result)}\n`);
  return results.some((one) => one.state === 'failed') ? EXIT.failed : EXIT.done;
}

function lineOf({ name, state, detail, hint }: CheckResult): string {
  const [colour, mark] = MARKS[state];
  return `${styled(colour, mark)} ${name}: ${detail}${hint === undefined || state === 'ok' ? '' : `\n    ${styled('dim', '→')} ${hint}`}`;
}

function nodeCheck(): CheckResult {
  return { name: 'node', state: 'ok', detail: `${process.version} at ${process.execPath}` };
}

function homeCheck(home: string): CheckResult {
  try {
    prepareHome(home);
  } catch (error) {
    return { name: 'state folder', state: 'failed', detail: reasonOf(error), hint: 'Make it writable for this user, or set VP_HOME.' };
  }
  const open = statSync(home).mode & 0o077;
  const detail = `${home}${open === 0 ? '' : ' can be read by other users'}`;
  return { name: 'state folder', state: open === 0 ? 'ok' : 'warning', detail, hint: `chmod 700 ${home}` };
}

function spaceChecks(home: string): CheckResult[] {
  const length = Buffer.byteLength(join(home, 'vp.sock'));
  const socket: CheckResult = {
    name: 'socket path',
    state: length > SOCKET_PATH_LIMIT ? 'warning' : 'ok',
    detail: `${length} of ${SOCKET_PATH_LIMIT} bytes`,
    hint: 'The socket goes to XDG_RUNTIME_DIR instead; set VP_HOME to a shorter path to keep it in the state folder.',
  };
  try {
    const { bavail, bsize } = statfsSync(home);
    const freeMb = Math.round((bavail * bsize) / 1024 / 1024);
    return [
      socket,
      {
        name: 'disk',
        state: freeMb < 1024 ? 'warning' : 'ok',
        detail: `${freeMb} MB free`,
        hint: 'Free some space: output of sessions is kept there.',
      },
    ];
  } catch {
    return [socket];
  }
}

async function configCheck(): Promise<CheckResult> {
  let file: string | undefined;
  try {
    file = await configFile(process.cwd());
  } catch (error) {
    return { name: 'config', state: 'failed', detail: reasonOf(error), hint: 'Mend the file.' };
  }
  if (file !== undefined) return { name: 'config', state: 'ok', detail: file };
  return {
    name: 'config',
    state: 'warning',
    detail: 'none found for this directory',
    hint: 'Write a vp.config.ts; without one, `vp start` does nothing.',
  };
}

function serviceCheck(home: string): CheckResult {
  const status = readStatus(home);
  if (status === undefined) return { name: 'service', state: 'ok', detail: 'not running' };
  const bad = status.plugins.filter((plugin) => plugin.state !== 'active' || plugin.pending !== null);
  const detail = `${status.state}, pid ${status.pid}`;
  if (bad.length === 0) return { name: 'service', state: 'ok', detail };
  const names = bad.map((plugin) => `${plugin.name} (${plugin.pending ?? plugin.state})`).join(', ');
  return { name: 'service', state: 'warning', detail: `${detail}; ${names}`, hint: 'See `vp plugins`.' };
}

/** Whether commands can reach the service; nothing where none is ready. */
async function socketChecks(home: string): Promise<CheckResult[]> {
  if (readStatus(home)?.state !== 'ready') return [];
  try {
    return [{ name: 'socket', state: 'ok', detail: `answers, ${await countMethods(home)} methods` }];
  } catch (error) {
    const hint =
      (isVpError(error) ? error.hint : undefined) ?? 'See `vp logs`; `vp stop` and `vp start` end it and begin anew. Sessions go on.';
    return [{ name: 'socket', state: 'failed', detail: reasonOf(error), hint }];
  }
}

/** How many methods the service offers to clients. @throws VP_SOCKET, or an Error where it does not answer in time */
async function countMethods(home: string): Promise<number> {
  const connection = await connect(home);
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new Error(`no answer within ${ANSWER_MS} ms`)), ANSWER_MS);
  });
  try {
    const { methods } = (await Promise.race([connection.call('rpc.discover', {}), late])) as { methods: readonly unknown[] };
    return methods.length;
  } finally {
    clearTimeout(timer);
    await connection.close();
  }
}

async function pluginChecks(home: string, extensions: Extensions): Promise<CheckResult[]> {
  const results: CheckResult[] = [];
  const sources = firstParty().map((plugin) => ({ name: plugin.name, load: () => loadChecks(plugin) }));
  const joined = extensions.checks === undefined ? [] : [{ name: 'sandbox', load: extensions.checks }];
  for (const { name, load } of [...sources, ...joined]) {
    try {
      const checks = await load();
      if (checks) results.push(...(await checks({ home, cwd: process.cwd(), env: process.env })));
    } catch (error) {
      const detail = `its checks cannot run: ${reasonOf(error)}`;
      results.push({ name, state: 'failed', detail, hint: 'Install VP again; if that does not help, report it.' });
    }
  }
  return results;
}
