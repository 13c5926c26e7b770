/** Commands over the decision log of a running kernel. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { StoredEvent } from '@vp/sdk';
import { describe, expect, it, onTestFinished } from 'vitest';
import auditVerify from '../../../../plugins/policy/commands/audit-verify.ts';
import backtest from '../../../../plugins/policy/commands/backtest.ts';
import { policyBy } from '../../../../plugins/policy/commands/engine.ts';
import replay from '../../../../plugins/policy/commands/replay.ts';
import { sinceOf } from '../../../../plugins/policy/commands/since.ts';
import { bodyOf, chain, GENESIS } from '../../../../plugins/policy/log/record.ts';
import { VERSIONS } from '../../../../plugins/policy/versions.ts';
import { defaultCharter } from '../../../../plugins/charter/compile.ts';
import { run } from './support.ts';

const cwd = '/nowhere/project';

/** A store that holds a log of these commands, judged by the built-in charter an hour ago. */
function logOf(commands: readonly string[]) {
  const charter = defaultCharter();
  const policy = policyBy(charter, { HOME: '/home/agent' });
  let head = { n: 0, hash: GENESIS };
  const events = commands.map((command, index): StoredEvent => {
    const call = { tool: 'Bash', input: { command }, cwd, sessionId: 's', callId: `c${index}` };
    const facts = policy.analyse(call);
    const record = chain(
      bodyOf({ at: Date.now() - 3_600_000, call, facts, charter, judgement: policy.judge({ ...call, facts }), versions: VERSIONS }),
      head,
    );
    head = record;
    return { seq: index + 1, at: record.at, stream: 'decisions', type: 'verdict', key: String(record.n), data: record };
  });
  const store = {
    events: ({ after = 0, since = 0 }: { after?: number; since?: number }) =>
      Promise.resolve(events.filter(({ seq, at }) => seq > after && at >= since)),
  };
  return { events, services: { store } };
}

function written(name: string, text: string): string {
  const folder = mkdtempSync(join(tmpdir(), 'vp-policy-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  writeFileSync(join(folder, name), text);
  return join(folder, name);
}

describe('vp audit verify', () => {
  it('ends with 0 for a whole log, and with 1 at the first break', async () => {
    const { events, services } = logOf(['ls', 'npm test', 'sudo x']);
    const good = await run(auditVerify, [], { services });
    expect(good).toMatchObject({
      code: 0,
      out: [expect.stringMatching(/^3 records hold, 1 to 3$/), expect.stringContaining('the last hash is')],
    });
    Object.assign(events[1]?.data as object, { verdict: 'deny' });
    const bad = await run(auditVerify, [], { services, json: true });
    expect(bad.code).toBe(1);
    expect(JSON.parse(bad.out[0] ?? '')).toMatchObject({ ok: false, broken: { seq: 2 } });
    expect((await run(auditVerify, [], { services, options: { from: '3' } })).code).toBe(0);
    await expect(run(auditVerify, [], { services, options: { from: 'x' } })).rejects.toMatchObject({ code: 'VP_POLICY_OPTION' });
  });
});

describe('vp policy replay', () => {
  it('gives the same verdicts', async () => {
    const { services } = logOf(['ls', 'npm publish', 'sudo x', 'rm -rf ~', 'GITHUB_TOKEN=ghp_abcdefghijklmnopqrstuvwx npm publish']);
    const { code, out, err } = await run(replay, [], { services, json: true });
    expect(code).toBe(0);
    expect(JSON.parse(out[0] ?? '')).toEqual({ judged: 5, same: 5, differences: [], unlisted: 0 });
    expect(err).toEqual([]);
  });
});

describe('vp policy backtest', () => {
  it('names what a charter would have decided otherwise', async () => {
    const { services } = logOf(['git push origin topic', 'npm publish', 'ls']);
    const file = written('c.yaml', 'name: a\nsafetyHeuristics: { alwaysReject: [push], autoApprove: [publish] }\n');
    const { out } = await run(backtest, [file], { services });
    expect(out[0]).toContain('3 calls judged, 1 decided as before, 2 otherwise');
    expect(out[1]).toContain('allow → deny by alwaysReject');
    expect(out[2]).toContain('ask → allow');
  });

  it('names what a plugin would have refused', async () => {
    const { services } = logOf(['npm publish', 'ls']);
    const file = written(
      'p.mjs',
      "export default { name: 'p', hooks: { 'pre-command': (call) => call.facts.effects.some((e) => e.kind === 'publish') ? { level: 'deny', reason: 'no' } : undefined } };",
    );
    const { out } = await run(backtest, [file], { services, json: true });
    expect(JSON.parse(out[0] ?? '')).toMatchObject({
      judged: 2,
      same: 1,
      differences: [{ was: { verdict: 'ask' }, is: { verdict: 'deny', rule: 'p' } }],
    });
  });

  it('looks back no further than it is told', async () => {
    const { services } = logOf(['ls']);
    const file = written('c.yaml', 'name: a\n');
    expect((await run(backtest, [file], { services, options: { since: '30m' } })).out[0]).toContain('0 calls judged');
    await expect(run(backtest, [file], { services, options: { since: 'yesterday' } })).rejects.toMatchObject({ code: 'VP_POLICY_OPTION' });
    expect(sinceOf('2d', 200_000_000)).toBe(27_200_000);
  });
});
