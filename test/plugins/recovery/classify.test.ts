import { describe, expect, test } from 'vitest';
import type { CrashType, SessionCrashReport } from '@vp/sdk';
import { classify } from '../../../plugins/recovery/classify.ts';
import { crashed, event, failed } from './support.ts';

const GATEWAY = 'This is a server-side issue, usually temporary — try again in a moment.';

/** Texts, statuses and words as Claude Code 2.1.329 gives them; `older` are those of versions before. */
const ENDS: readonly [name: string, report: SessionCrashReport, type: CrashType][] = [
  ['429', failed('API Error: Request rejected (429) · slow down', { apiStatus: 429, apiError: 'rate_limit' }), 'rate_limit'],
  ['5-hour limit', failed("You've hit your 5-hour limit · resets 7:28am (UTC)", { apiStatus: 429, apiError: 'rate_limit' }), 'rate_limit'],
  ['older: session limit', failed("You've hit your session limit · resets 3:45pm"), 'rate_limit'],
  [
    'temporarily limited',
    failed('API Error: Server is temporarily limiting requests (not your usage limit)', { apiStatus: 429 }),
    'overloaded',
  ],
  ['529', failed(`API Error: 529 Overloaded. ${GATEWAY}`, { apiStatus: 529, apiError: 'server_error' }), 'overloaded'],
  ['repeated 529', failed('API Error: Repeated 529 Overloaded errors. The API is at capacity.', { apiStatus: null }), 'overloaded'],
  ['500', failed(`API Error: 500 Internal server error. ${GATEWAY}`, { apiStatus: 500, apiError: 'server_error' }), 'overloaded'],
  ['503', failed(`API Error: 503 upstream connect error. ${GATEWAY}`, { apiStatus: 503, apiError: 'server_error' }), 'overloaded'],
  ['401', failed('Invalid API key · Fix external API key', { apiStatus: 401, apiError: 'authentication_failed' }), 'auth'],
  ['401 of a subscription', failed('Failed to authenticate. API Error: 401 OAuth token has expired.', { apiStatus: 401 }), 'auth'],
  ['403', failed('Failed to authenticate. API Error: 403 no permission', { apiStatus: 403, apiError: 'authentication_failed' }), 'auth'],
  ['not logged in', failed('Not logged in · Please run /login', { apiError: 'authentication_failed' }), 'auth'],
  ['disabled organization', failed('Your ANTHROPIC_API_KEY belongs to a disabled organization', { apiStatus: 400 }), 'auth'],
  [
    "VP's own stop at refused credentials",
    failed(null, { reason: "the API refused the agent's credentials (authentication_failed)" }),
    'auth',
  ],
  ['no credit', failed('Credit balance is too low', { apiStatus: 400, apiError: 'billing_error' }), 'billing'],
  ['402', failed('API Error: 402 Payment required', { apiStatus: 402, apiError: 'unknown' }), 'billing'],
  ['spend limit of a key', failed('API Error: 400 You have reached your specified API usage limits.', { apiStatus: 400 }), 'billing'],
  ['out of extra usage', failed("API Error: Request rejected (429) · You're out of extra usage", { apiStatus: 429 }), 'billing'],
  [
    'prompt too long',
    failed('Prompt is too long · the request is …', { apiStatus: 400, terminalReason: 'prompt_too_long' }),
    'context_overflow',
  ],
  ['413', failed('Request too large (max 32MB).', { apiStatus: 413, terminalReason: 'image_error' }), 'context_overflow'],
  ['unknown model', failed("There's an issue with the selected model (x).", { apiStatus: 404, apiError: 'model_not_found' }), 'config'],
  ['a wrong request', failed('API Error: 400 max_tokens: must be positive', { apiStatus: 400, apiError: 'unknown' }), 'config'],
  [
    'refused',
    failed('API Error: Connection refused — a firewall or proxy may be blocking it (ECONNREFUSED)', { apiError: 'server_error' }),
    'network',
  ],
  ['cut', failed('API Error: Connection dropped (ECONNRESET). Check the gateway.', { apiError: 'server_error' }), 'network'],
  ['older: unreachable', failed('API Error: Unable to connect to API (ConnectionRefused)'), 'network'],
  ['timed out', failed('Request timed out. If the API is slow to answer …', { apiError: 'server_error' }), 'timeout'],
  [
    'turns',
    failed('Reached maximum number of turns (1)', { resultSubtype: 'error_max_turns', terminalReason: 'max_turns' }),
    'limit_reached',
  ],
  ['budget', failed('Reached maximum budget ($0.0001)', { resultSubtype: 'error_max_budget_usd' }), 'limit_reached'],
  ['too much output', failed(null, { reason: 'its output grew past 512 MB (option "transcriptMb")' }), 'limit_reached'],
  ['no conversation', failed('No conversation found with session ID: x', { resultSubtype: 'error_during_execution' }), 'resume_failed'],
  ['id in use', failed(null, { reason: 'x', stderrTail: 'Error: Session ID abc is already in use.' }), 'resume_failed'],
  ['mismatched calls', failed('API Error: 400 due to tool use concurrency issues.', { apiStatus: 400 }), 'resume_failed'],
  ['no gate', failed(null, { reason: 'the gate does not hold: tools are not asked for' }), 'config'],
  ['no program', failed(null, { exitCode: 127, reason: 'the program could not be run: not found' }), 'config'],
  ['full disk', failed(null, { stderrTail: 'ENOSPC: no space left on device, write' }), 'config'],
  ['no access', failed(null, { stderrTail: "EACCES: permission denied, open '/x'" }), 'permission'],
  ['killed', crashed(), 'killed'],
  ['SIGTERM', crashed({ signal: 'SIGTERM' }), 'killed'],
  ['out of memory', crashed({ oomKills: 1 }), 'oom'],
  ['a full heap', crashed({ signal: 'SIGABRT', stderrTail: 'FATAL ERROR: JavaScript heap out of memory' }), 'oom'],
  ['segfault', crashed({ signal: 'SIGSEGV' }), 'segfault'],
  ['panic', crashed({ signal: 'SIGTRAP', stderrTail: 'panic: something' }), 'segfault'],
  ['unseen end', crashed({ signal: null, reason: 'its holder had ended, so how the agent ended is not known' }), 'killed'],
  ['nothing known', failed(null, { reason: 'it said nothing' }), 'unknown'],
];

describe('the class of an end', () => {
  test.each(ENDS)('%s', (_name, report, type) => {
    const analysis = classify(report);
    expect(analysis.type).toBe(type);
    expect(analysis.evidence.length).toBeGreaterThan(0);
    expect(analysis.suggestedFixes.length).toBeGreaterThan(0);
    expect(analysis.confidence).toBeGreaterThan(0);
    expect(analysis.confidence).toBeLessThanOrEqual(0.99);
  });

  test('more clues make it surer', () => {
    const one = classify(failed('Overloaded'));
    const more = classify(failed('API Error: 529 Overloaded.', { apiStatus: 529 }));
    expect(more.confidence).toBeGreaterThan(one.confidence);
    expect(more.evidence.length).toBeGreaterThan(one.evidence.length);
  });

  test('what an agent said in a turn that went well is no clue', () => {
    const lastEvents = [event({ type: 'result', isError: false })];
    expect(classify(crashed({ result: 'Credit balance is too low', lastEvents })).type).toBe('killed');
    expect(classify(failed('Credit balance is too low', { terminalReason: null, lastEvents, reason: 'x' })).type).toBe('unknown');
  });

  test("nor is output that a reason repeats in VP's own words", () => {
    expect(classify(failed(null, { reason: 'the agent ended without a result: Credit balance is too low' })).type).toBe('unknown');
  });

  test('an error of the API that was over before a signal came is no clue', () => {
    expect(classify(crashed({ apiStatus: 401, apiError: 'authentication_failed' })).type).toBe('killed');
  });

  test('evidence holds no secrets', () => {
    const { evidence } = classify(failed('API Error: 529 overloaded for sk-ant-api03-abcdefghijklmnop0123'));
    expect(evidence.join(' ')).toContain('[redacted]');
    expect(evidence.join(' ')).not.toContain('abcdefghijklmnop0123');
  });
});
