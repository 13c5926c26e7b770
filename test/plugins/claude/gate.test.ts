import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { OutputBatch, PreCommandCall, SessionRow, VerdictEvent } from '@vp/sdk';
import { linux } from '../../../plugins/claude/platform/linux.ts';
import { fakeAgent } from '../../support/agents/index.ts';
import {
  agentHome,
  realAgent,
  repository,
  startApi,
  type AgentHome,
  type ApiRequest,
  type Script,
  type ScriptedApi,
} from '../../support/api/index.ts';
import { removeHome, startHost, type Host, type HostOptions } from '../../support/sessions.ts';

let api: ScriptedApi;
let home: AgentHome;
let hosts: Host[] = [];

beforeEach(async () => {
  api = await startApi([]);
  home = await agentHome(api.url);
});

afterEach(async () => {
  for (const host of hosts) {
    await Promise.all(host.sessions.getActiveSessions().map((row) => host.sessions.terminateSession(row.sessionId, false)));
    await host.stop();
    await removeHome(host.home);
  }
  hosts = [];
  await api.close();
  await home.remove();
});

/** Refuses what has "forbidden" in it. */
function noForbidden(call: PreCommandCall) {
  return JSON.stringify(call.input).includes('forbidden')
    ? [{ level: 'deny', reason: 'it is forbidden', rule: 'no-forbidden', plugin: 'policy' } as const]
    : [];
}

async function start(script: Script, options: HostOptions = {}): Promise<Host> {
  api.use(script);
  const host = await startHost({
    variables: home.env,
    taps: { 'pre-command': noForbidden },
    ...options,
    config: { bin: realAgent, canary: false, withoutFacts: 'allow', ...options.config },
  });
  hosts.push(host);
  return host;
}

async function run(host: Host, more: object = {}): Promise<SessionRow> {
  const { completion } = await host.sessions.spawnSession({ workingDirectory: home.project, prompt: 'MAIN-TASK', ...more });
  return completion;
}

const at = (name: string): string => join(home.project, name);
const bash = (command: string) => ({ name: 'Bash', input: { command, description: 'a step' } });
const last = (): ApiRequest => api.requests.at(-1) as ApiRequest;
const verdicts = (host: Host): string[] => host.payloads<VerdictEvent>('verdict').map(({ tool, verdict }) => `${tool} ${verdict}`);

describe('the gate, with the real agent', () => {
  it('lets an allowed command run and keeps a denied one from running; the agent is told why', async () => {
    const host = await start([{ tools: [bash(`touch ${at('fine')}`)] }, { tools: [bash(`touch ${at('forbidden')}`)] }, { text: 'done' }]);
    expect(await run(host)).toMatchObject({ state: 'completed', result: 'done', metrics: { denials: 1, commandsExecuted: 1 } });
    expect([existsSync(at('fine')), existsSync(at('forbidden'))]).toEqual([true, false]);
    expect(last().raw).toContain('Denied by no-forbidden (policy): it is forbidden');
    expect(verdicts(host)).toEqual(['Bash allow', 'Bash deny']);
  });

  it('asks before commands that only read, and before Read itself', async () => {
    writeFileSync(at('forbidden.txt'), 'THE-CONTENT');
    writeFileSync(at('plain.txt'), 'PLAIN-CONTENT');
    const tools = [
      bash(`cat ${at('forbidden.txt')}`),
      { name: 'Read', input: { file_path: at('forbidden.txt') } },
      bash(`cat ${at('plain.txt')}`),
    ];
    const host = await start([...tools.map((tool) => ({ tools: [tool] })), { text: 'done' }]);
    await run(host);
    expect(verdicts(host)).toEqual(['Bash deny', 'Read deny', 'Bash allow']);
    expect(last().raw).not.toContain('THE-CONTENT');
    expect(last().raw).toContain('PLAIN-CONTENT');
  });

  it('judges each of several parallel calls', async () => {
    const names = ['a', 'forbidden-b', 'c', 'forbidden-d'];
    const host = await start([{ tools: names.map((name) => bash(`touch ${at(name)}`)) }, { text: 'done' }]);
    await run(host);
    expect(names.map((name) => existsSync(at(name)))).toEqual([true, false, true, false]);
    expect(verdicts(host).sort()).toEqual(['Bash allow', 'Bash allow', 'Bash deny', 'Bash deny']);
  });

  it('judges the calls of a sub-agent, who is named in the question', async () => {
    const agent = {
      name: 'Agent',
      input: { description: 'sub', prompt: 'SUB-TASK', subagent_type: 'general-purpose', run_in_background: false },
    };
    const host = await start(({ body }) => {
      const first = JSON.stringify(body.messages[0]);
      if ((body.tools ?? []).length === 0) return { text: 'ok' };
      const begins = body.messages.every((one) => one.role !== 'assistant');
      if (first.includes('MAIN-TASK')) return begins ? { tools: [agent] } : { text: 'main done' };
      return begins ? { tools: [bash(`touch ${at('sub')}`), bash(`touch ${at('forbidden-sub')}`)] } : { text: 'sub done' };
    });
    expect(await run(host)).toMatchObject({ state: 'completed' });
    const asked = host.payloads<PreCommandCall>('pre-command').filter((call) => call.tool === 'Bash');
    expect(asked.length).toBeGreaterThan(0);
    expect(asked.every((call) => typeof call.agentId === 'string')).toBe(true);
    expect([existsSync(at('sub')), existsSync(at('forbidden-sub'))]).toEqual([true, false]);
  });

  it('waits with the end of the input for a sub-agent in the background, whose calls come after the first result', async () => {
    const agent = {
      name: 'Agent',
      input: { description: 'sub', prompt: 'SUB-TASK', subagent_type: 'general-purpose', run_in_background: true },
    };
    const host = await start(({ body }) => {
      const begins = body.messages.every((one) => one.role !== 'assistant');
      if ((body.tools ?? []).length === 0) return { text: 'ok' };
      if (JSON.stringify(body.messages[0]).includes('MAIN-TASK')) return begins ? { tools: [agent] } : { text: 'main done' };
      return begins ? { delayMs: 1_000, tools: [bash(`touch ${at('sub')}`)] } : { text: 'sub done' };
    });
    expect(await run(host)).toMatchObject({ state: 'completed' });
    const order = host.log.flatMap((one) =>
      one.name === 'verdict'
        ? [(one.payload as VerdictEvent).tool]
        : one.name === 'on-output'
          ? (one.payload as OutputBatch).events.filter((event) => event.type === 'result').map(() => 'result')
          : [],
    );
    expect(order.indexOf('result')).toBeLessThan(order.indexOf('Bash'));
    expect(existsSync(at('sub'))).toBe(true);
  });

  it('stands again after a resume', async () => {
    const host = await start([{ text: 'first' }]);
    const { agentSessionId } = await run(host);
    api.use([{ tools: [bash(`touch ${at('fine')}`), bash(`touch ${at('forbidden')}`)] }, { text: 'second' }]);
    expect(await run(host, { resume: agentSessionId, prompt: 'go on' })).toMatchObject({ state: 'completed', result: 'second' });
    expect(last().raw).toContain('MAIN-TASK');
    expect([existsSync(at('fine')), existsSync(at('forbidden'))]).toEqual([true, false]);
  });

  it('denies what nobody has analysed unless the option says otherwise, and says that nobody can be asked', async () => {
    const host = await start([{ tools: [bash(`touch ${at('fine')}`)] }, { text: 'done' }], { config: { withoutFacts: 'ask' } });
    expect(await run(host)).toMatchObject({ metrics: { approvalsRequested: 1, denials: 1 } });
    expect(existsSync(at('fine'))).toBe(false);
    expect(last().raw).toContain('This session is unattended');
  });

  it('denies a call whose verdict cannot be found', async () => {
    const host = await start([{ tools: [bash(`touch ${at('fine')}`)] }, { text: 'done' }], {
      taps: { 'pre-command': () => Promise.reject(new Error('broken')) },
    });
    await run(host);
    expect(existsSync(at('fine'))).toBe(false);
    expect(host.payloads<VerdictEvent>('verdict')).toMatchObject([{ verdict: 'deny', rule: 'judge-failed' }]);
  });

  it('denies tools that the charter does not list, and what the budget refuses', async () => {
    const host = await start(
      [
        { tools: [bash(`touch ${at('a')}`)] },
        { tools: [{ name: 'Write', input: { file_path: at('b'), content: 'b' } }] },
        { text: 'done' },
      ],
      {
        charter: (charter) => ({ ...charter, resources: { ...charter.resources, allowedTools: ['write'] } }),
        taps: {
          'budget-check': ({ moment }) =>
            moment === 'tool'
              ? { severity: 'deny', reasons: [{ severity: 'deny', reason: 'spent', plugin: 'purse' }] }
              : { severity: 'ok', reasons: [] },
        },
      },
    );
    await run(host);
    expect([existsSync(at('a')), existsSync(at('b'))]).toEqual([false, false]);
    expect(host.payloads<VerdictEvent>('verdict').map((one) => one.findings.map((finding) => finding.rule))).toEqual([
      ['budget', 'allowedTools'],
      ['budget'],
    ]);
  });

  it('judges once more when the charter changes while a call is judged', async () => {
    const host = await start([{ tools: [bash(`touch ${at('fine')}`)] }, { text: 'done' }]);
    const hashes: string[] = [];
    host.taps['pre-command'] = ({ session }) => {
      hashes.push(session.charterHash);
      if (hashes.length === 1) host.charter = { ...host.charter, hash: 'hash-2' };
      return hashes.length === 1 ? [] : [{ level: 'deny', reason: 'by the new charter', plugin: 'policy' }];
    };
    await run(host);
    expect(hashes).toEqual(['hash-1', 'hash-2']);
    expect(existsSync(at('fine'))).toBe(false);
  });

  it('tells of edits before they run and after, and of commands after', async () => {
    const host = await start([
      { tools: [{ name: 'Write', input: { file_path: at('new.txt'), content: 'x' } }] },
      { tools: [bash('echo out-42')] },
      { text: 'done' },
    ]);
    expect(await run(host)).toMatchObject({ metrics: { filesModified: 1 } });
    const told = host.log
      .filter((one) => ['pre-edit', 'post-edit', 'post-command'].includes(one.name))
      .map((one) => `${one.name} ${(one.payload as PreCommandCall).tool}`);
    expect(told).toEqual(['pre-edit Write', 'post-command Write', 'post-edit Write', 'post-command Bash']);
    expect(host.payloads<{ output: string }>('post-command')[1]?.output).toContain('out-42');
  });

  it('holds while the kernel is dead: the agent waits, and goes on when a new kernel answers', async () => {
    api.use([{ tools: [bash(`touch ${at('fine')}`), bash(`touch ${at('forbidden')}`)] }, { text: 'survived' }]);
    const state = mkdtempSync(join(tmpdir(), 'vp-home-'));
    const argument = { home: state, bin: realAgent, project: home.project, prompts: ['MAIN-TASK'], variables: home.env };
    const kernel = spawn(process.execPath, [join(repository, 'test/support/doomed-kernel.ts'), JSON.stringify(argument)], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const lines: { sessionId?: string; pid?: number; asked?: string }[] = [];
    for await (const line of createInterface({ input: kernel.stdout })) {
      lines.push(JSON.parse(line) as { asked?: string });
      if (lines.some((one) => one.asked) && lines.some((one) => one.sessionId)) break;
    }
    const { sessionId = '', pid = 0 } = lines.find((one) => one.sessionId) ?? {};
    const died = new Promise((resolve) => kernel.once('exit', resolve));
    kernel.kill('SIGKILL');
    await died;
    const before = api.requests.length;
    await new Promise((resolve) => setTimeout(resolve, 500));
    expect(linux.look(pid)?.zombie).toBe(false);
    expect([existsSync(at('fine')), existsSync(at('forbidden')), api.requests.length]).toEqual([false, false, before]);

    const host = await startHost({
      home: state,
      variables: home.env,
      config: { bin: realAgent, canary: false, withoutFacts: 'allow' },
      taps: { 'pre-command': noForbidden },
    });
    hosts.push(host);
    const ended = await host.until('session-ended');
    expect(ended.payload).toMatchObject({ sessionId, status: { state: 'completed', result: 'survived', pid } });
    expect([existsSync(at('fine')), existsSync(at('forbidden'))]).toEqual([true, false]);
    expect(host.payloads('session-start')).toMatchObject([{ adopted: true, pid }]);
    expect(verdicts(host).sort()).toEqual(['Bash allow', 'Bash deny']);
  });

  it('is proved on the installed agent before its first session, once', async () => {
    const host = await start([{ text: 'done' }], { config: { canary: true } });
    await Promise.all([run(host), run(host)]);
    expect(host.log.filter((one) => JSON.stringify(one.payload).includes('the gate holds')).length).toBe(1);
    expect(existsSync(join(host.home, 'canary.json'))).toBe(true);
  });

  it('refuses an agent that fails the proof', async () => {
    const host = await start([], { config: { canary: true, bin: fakeAgent('ungated') } });
    await expect(run(host)).rejects.toMatchObject({ code: 'VP_CLAUDE_UNFIT', message: expect.stringContaining('not in force') });
    expect(host.sessions.listSessions()).toEqual([]);
  });
});
