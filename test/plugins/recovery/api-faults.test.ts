/** What the real agent says of each fault of the API, and what is made of it. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { CrashType, SessionConfig, SessionCrashReport, SessionEvents } from '@vp/sdk';
import { classify } from '../../../plugins/recovery/classify.ts';
import { decide } from '../../../plugins/recovery/decide.ts';
import { ownZone } from '../../../plugins/recovery/reset.ts';
import { agentHome, realAgent, type AgentHome } from '../../support/api/index.ts';
import { removeHome, startHost, type Host } from '../../support/sessions.ts';
import { startFaults, type Fault } from './fault-api.ts';
import { around, record } from './support.ts';

const RESETS_AT = (Math.floor(Date.now() / 60_000) + 180) * 60;
const unified = (claim: string): Readonly<Record<string, string>> => ({
  'x-should-retry': 'false',
  'anthropic-ratelimit-unified-status': 'rejected',
  'anthropic-ratelimit-unified-reset': String(RESETS_AT),
  'anthropic-ratelimit-unified-representative-claim': claim,
});
/** Few retries of its own, and no way to anything but loopback. */
const QUICK = { CLAUDE_CODE_MAX_RETRIES: '1', HTTPS_PROXY: 'http://127.0.0.1:9', NO_PROXY: '127.0.0.1' };
const SUBSCRIPTION = { CLAUDE_CODE_OAUTH_TOKEN: 'sk-ant-oat01-made-up-token', ANTHROPIC_API_KEY: '' };
const LIMIT = { status: 429, type: 'rate_limit_error', message: 'Number of requests has exceeded your rate limit' };

interface Row {
  readonly name: string;
  readonly fault: Fault;
  readonly config?: Partial<SessionConfig>;
  readonly type: CrashType;
  /** What it says. */
  readonly says: RegExp;
  readonly does: 'retry' | 'stop';
  /** What the user reads. */
  readonly told: RegExp;
}

const ROWS: readonly Row[] = [
  {
    name: '429 with retry-after',
    fault: { ...LIMIT, headers: { 'retry-after': '1' } },
    type: 'rate_limit',
    says: /Request rejected \(429\)/,
    does: 'retry',
    told: /limit of the account/,
  },
  { name: '429 without', fault: LIMIT, type: 'rate_limit', says: /Request rejected \(429\)/, does: 'retry', told: /limit of the account/ },
  {
    name: '429 for a key, with the headers of a usage limit',
    fault: { ...LIMIT, headers: unified('five_hour') },
    type: 'rate_limit',
    says: /Request rejected \(429\)/,
    does: 'retry',
    told: /limit of the account/,
  },
  {
    name: '5-hour limit',
    fault: { ...LIMIT, headers: unified('five_hour') },
    config: { env: SUBSCRIPTION },
    type: 'rate_limit',
    says: /^You've hit your 5-hour limit · resets /,
    does: 'retry',
    told: /It is reset at 20/,
  },
  {
    name: 'weekly limit',
    fault: { ...LIMIT, headers: unified('seven_day') },
    config: { env: SUBSCRIPTION },
    type: 'rate_limit',
    says: /^You've hit your weekly limit · resets /,
    does: 'retry',
    told: /It is reset at 20/,
  },
  {
    name: '529',
    fault: { status: 529, type: 'overloaded_error', message: 'Overloaded' },
    type: 'overloaded',
    says: /^API Error: 529 Overloaded\./,
    does: 'retry',
    told: /too much to do/,
  },
  { name: '500', fault: { status: 500 }, type: 'overloaded', says: /^API Error: 500 /, does: 'retry', told: /fault at the moment/ },
  {
    name: '401',
    fault: { status: 401, type: 'authentication_error' },
    type: 'auth',
    says: /Invalid API key|refused the agent's credentials/,
    does: 'stop',
    told: /log in, or set a valid ANTHROPIC_API_KEY/,
  },
  {
    name: '403',
    fault: { status: 403, type: 'permission_error' },
    type: 'auth',
    says: /^Failed to authenticate\. API Error: 403/,
    does: 'stop',
    told: /log in, or set/,
  },
  {
    name: 'no credit',
    fault: { status: 400, type: 'invalid_request_error', message: 'Your credit balance is too low to access the Anthropic API.' },
    type: 'billing',
    says: /^Credit balance is too low$/m,
    does: 'stop',
    told: /Add credit/,
  },
  {
    name: 'prompt too long',
    fault: { status: 400, type: 'invalid_request_error', message: 'prompt is too long: 210000 tokens > 200000 maximum' },
    type: 'context_overflow',
    says: /^Prompt is too long/,
    does: 'stop',
    told: /first prompt alone/,
  },
  {
    name: 'model not found',
    fault: { status: 404, type: 'not_found_error', message: 'model: claude-nope' },
    config: { model: 'claude-nope' },
    type: 'config',
    says: /^There's an issue with the selected model \(claude-nope\)/,
    does: 'stop',
    told: /Name another model/,
  },
  {
    name: 'cut before the answer',
    fault: { cut: 'before' },
    type: 'network',
    says: /^API Error: Connection dropped \(ECONNRESET\)/,
    does: 'retry',
    told: /could not be reached/,
  },
  {
    name: 'cut within the answer',
    fault: { cut: 'within' },
    type: 'network',
    says: /^API Error: Connection dropped \(ECONNRESET\)/,
    does: 'retry',
    told: /could not be reached/,
  },
  {
    name: 'refused',
    fault: {},
    config: { env: { ANTHROPIC_BASE_URL: 'http://127.0.0.1:1' } },
    type: 'network',
    says: /^API Error: Connection refused/,
    does: 'retry',
    told: /could not be reached/,
  },
  {
    name: 'slow first byte',
    fault: { silent: true },
    config: { env: { API_TIMEOUT_MS: '1500' } },
    type: 'timeout',
    says: /^Request timed out\./,
    does: 'retry',
    told: /did not answer in time/,
  },
  {
    name: 'turns',
    fault: { calls: true },
    config: { limits: { maxTurns: 1 } },
    type: 'limit_reached',
    says: /^Reached maximum number of turns \(1\)$/m,
    does: 'stop',
    told: /Raise `maxTurns`/,
  },
  {
    name: 'budget',
    fault: { calls: true },
    config: { limits: { maxCostUsd: 0.0001 } },
    type: 'limit_reached',
    says: /^Reached maximum budget \(\$0\.0001\)$/m,
    does: 'stop',
    told: /Raise `maxCostUsd`/,
  },
  {
    name: 'no conversation',
    fault: {},
    config: { resume: '11111111-2222-4333-8444-555555555555' },
    type: 'resume_failed',
    says: /No conversation found with session ID/,
    does: 'retry',
    told: /not there any more/,
  },
];

const pathOf = ({ name }: Row): string => name.replaceAll(/[^a-z0-9]/gi, '-');
let api: Awaited<ReturnType<typeof startFaults>>;
let home: AgentHome;
let host: Host;

beforeAll(async () => {
  api = await startFaults(Object.fromEntries(ROWS.map((row) => [pathOf(row), row.fault])));
  home = await agentHome(api.url);
  host = await startHost({ variables: home.env, config: { bin: realAgent, canary: false, withoutFacts: 'allow' } });
});

afterAll(async () => {
  await Promise.all(host.sessions.getActiveSessions().map((row) => host.sessions.terminateSession(row.sessionId, false)));
  await host.stop();
  await removeHome(host.home);
  await api.close();
  await home.remove();
});

/** The report of a session that meets the fault. */
async function meet(row: Row): Promise<SessionCrashReport> {
  const env = { ...QUICK, ANTHROPIC_BASE_URL: `${api.url}/${pathOf(row)}`, ...row.config?.env };
  const { sessionId } = await host.sessions.spawnSession({ workingDirectory: home.project, prompt: 'hello', ...row.config, env });
  const { payload } = await host.until('session-ended', (ended: { sessionId: string }) => ended.sessionId === sessionId);
  const { crash, status } = payload as SessionEvents['session-ended'];
  if (crash === null) throw new Error(`it ended as ${status.state}: ${status.result}`);
  return crash;
}

describe('a fault of the API, met by the real agent', () => {
  test.each(ROWS)('$name', async (row) => {
    const report = await meet(row);
    const analysis = classify(report);
    expect([report.result, report.reason].join('\n')).toMatch(row.says);
    expect(analysis).toMatchObject({ type: row.type, confidence: expect.toSatisfy((one: number) => one >= 0.7) });
    const { decision, park } = decide(report, analysis, record(), around({ now: Date.now(), zone: ownZone() }));
    expect(decision).toMatchObject({ action: row.does, reason: expect.stringMatching(row.told) });
    expect(park !== null).toBe(row.type === 'rate_limit');
  });

  test('a limit of a subscription says when it is reset, in its event and in its text', async () => {
    const row = ROWS.find((one) => one.name === 'weekly limit');
    if (row === undefined) throw new Error('the row is gone');
    const report = await meet(row);
    expect(report.rateLimit).toEqual({ resetsAt: RESETS_AT * 1_000, type: 'seven_day' });
    const now = Date.now();
    const byText = decide({ ...report, rateLimit: null }, classify(report), record(), around({ now, zone: 'UTC' }));
    expect(byText.park?.until).toBe(RESETS_AT * 1_000);
  });
});
