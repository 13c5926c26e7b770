import { describe, expect, test } from 'vitest';
import type { RecoveryDecision, SessionCrashReport } from '@vp/sdk';
import { classify } from '../../../plugins/recovery/classify.ts';
import { decide } from '../../../plugins/recovery/decide.ts';
import { consider } from '../../../plugins/recovery/propose.ts';
import { around, crashed, event, failed, NOON, POLICY, record, ruleOn, run } from './support.ts';

const shapes = (decisions: readonly RecoveryDecision[]): string[] => decisions.map((one) => (one.action === 'retry' ? one.mode : 'stop'));
const gone = { id: null, transcript: 'absent', hasPrompt: false, evidence: [] } as const;

describe('what is decided', () => {
  test('a killed agent goes on at once where it stopped', () => {
    const [decision] = run([crashed()]);
    expect(decision).toMatchObject({ action: 'retry', mode: 'resume', delayMs: 0, notBefore: NOON, attemptNumber: 2 });
  });

  test('one that was killed before it wrote a transcript begins anew, as does one whose transcript lacks the prompt or is damaged', () => {
    for (const conversation of [
      gone,
      { ...gone, id: 'x' },
      { id: 'x', transcript: 'whole', hasPrompt: false, evidence: [] },
      { id: 'x', transcript: 'damaged', hasPrompt: true, evidence: [] },
    ] as const)
      expect(run([crashed({ conversation })])[0]).toMatchObject({ action: 'retry', mode: 'anew' });
  });

  test('a resume that finds no conversation is followed by a fresh one', () => {
    expect(shapes(run([crashed(), failed('No conversation found with session ID: x')]))).toEqual(['resume', 'anew']);
  });

  test('two resumes that got nowhere are followed by a fresh conversation, and that by a person', () => {
    const unknown = failed(null, { reason: 'it said nothing' });
    expect(shapes(run([unknown, unknown, unknown, unknown]))).toEqual(['resume', 'resume', 'anew', 'stop']);
  });

  test('a fault of the network is not blamed on the conversation', () => {
    const cut = failed('API Error: Connection dropped (ECONNRESET).');
    expect(shapes(run([cut, cut, cut, cut]))).toEqual(['resume', 'resume', 'resume', 'stop']);
  });

  test('a program that breaks down is resumed, then begun anew, then left', () => {
    const broken = crashed({ signal: 'SIGSEGV' });
    expect(shapes(run([broken, broken, broken]))).toEqual(['resume', 'anew', 'stop']);
  });

  test('without memory it is tried once more, later', () => {
    const decisions = run([crashed({ oomKills: 1 }), crashed({ oomKills: 1 })]);
    expect(decisions[0]).toMatchObject({ action: 'retry', mode: 'resume', delayMs: 1_000 });
    expect(decisions[1]).toMatchObject({ action: 'stop', reason: expect.stringContaining('Run fewer sessions') });
  });

  test('a conversation that fills the context begins anew once, and the agent is told where the work is', () => {
    const full = failed('Prompt is too long', { terminalReason: 'prompt_too_long', turns: 2, lastEvents: [event({ type: 'tool-call' })] });
    const decisions = run([full, full]);
    expect(decisions[0]).toMatchObject({
      action: 'retry',
      mode: 'anew',
      note: expect.stringMatching(/filled the context[\s\S]*working directory/),
    });
    expect(decisions[1]).toMatchObject({ action: 'stop', reason: expect.stringContaining('Split the task') });
  });

  test('a first prompt that is too long is not tried again', () => {
    const decisions = run([failed('Prompt is too long', { terminalReason: 'prompt_too_long' })]);
    expect(decisions[0]).toMatchObject({ action: 'stop', reason: expect.stringContaining('first prompt alone') });
  });

  test('credentials, money, settings, limits and permissions need a person, who is told what to do', () => {
    const ends: [SessionCrashReport, RegExp][] = [
      [failed('Invalid API key', { apiStatus: 401 }), /log in, or set a valid ANTHROPIC_API_KEY/],
      [failed('Credit balance is too low', { apiStatus: 400 }), /Add credit/],
      [failed("There's an issue with the selected model (x).", { apiStatus: 404 }), /Name another model/],
      [failed('Reached maximum number of turns (1)', { resultSubtype: 'error_max_turns' }), /maxTurns/],
      [failed(null, { stderrTail: 'EACCES: permission denied' }), /access/],
    ];
    for (const [report, reason] of ends) expect(run([report])[0]).toMatchObject({ action: 'stop', reason: expect.stringMatching(reason) });
  });

  test('an attempt that got further begins the count anew', () => {
    const stable = crashed({ runMs: POLICY.stableMs });
    expect(shapes(run([crashed(), crashed(), crashed(), stable, crashed(), crashed(), crashed()]))).toEqual([
      ...Array.from({ length: 6 }, () => 'resume'),
      'stop',
    ]);
    const ended = crashed({ turns: 1, lastEvents: [event({ type: 'result', isError: false })] });
    expect(shapes(run([crashed(), crashed(), ended, crashed()]))).toEqual(['resume', 'resume', 'resume', 'resume']);
  });

  test('but never beyond the retries that one session may have in all', () => {
    const stable = crashed({ runMs: POLICY.stableMs });
    const decisions = run(Array.from({ length: 20 }, () => stable));
    expect(decisions.length).toBe(POLICY.maxRecoveries + 1);
    expect(decisions.at(-1)?.action).toBe('stop');
  });

  test('the retries grow apart', () => {
    const decisions = run(
      Array.from({ length: 4 }, () => failed('overloaded', { apiStatus: 529 })),
      around({ maxRetries: 9 }),
    );
    expect(decisions.map((one) => one.action === 'retry' && one.delayMs)).toEqual([1_000, 2_000, 4_000, 8_000]);
  });

  test('while very many sessions are recovered each further one waits longer', () => {
    expect(run([crashed()], around({ recentRetries: 30 }))[0]).toMatchObject({ delayMs: POLICY.backoff.maxMs });
  });

  test('what a person has given up is not tried again', () => {
    const { ruling } = ruleOn(record({ abandoned: true }), crashed(), around());
    expect(ruling.decision.action).toBe('stop');
  });
});

describe('a used-up limit', () => {
  const RESET = NOON + 3 * 3_600_000;
  const limited = failed("You've hit your 5-hour limit · resets 3pm (UTC)", {
    apiStatus: 429,
    rateLimit: { resetsAt: RESET, type: 'five_hour' },
  });

  test('all wait until it is reset, this session a little longer, and no retry is used up', () => {
    const { ruling, next } = ruleOn(record(), limited, around());
    expect(ruling.decision).toMatchObject({ action: 'retry', mode: 'resume', delayMs: 3 * 3_600_000 + 15_000 });
    expect(ruling.park).toMatchObject({ until: RESET, since: NOON, limit: 'five_hour' });
    expect(next).toMatchObject({ retries: 0, recoveries: 0, waits: 1 });
  });

  test('the text is read where the agent names no time', () => {
    expect(ruleOn(record(), { ...limited, rateLimit: null }, around()).ruling.park).toMatchObject({ until: RESET });
  });

  test('a reset that is past, or none, means a short wait that grows', () => {
    const late = { ...limited, rateLimit: { resetsAt: NOON - 1, type: null } };
    const unnamed = failed('API Error: Request rejected (429) · slow down', { apiStatus: 429 });
    expect(ruleOn(record(), late, around()).ruling.park?.until).toBe(NOON + 60_000);
    expect(ruleOn(record(), unnamed, around()).ruling.park?.until).toBe(NOON + 60_000);
    expect(ruleOn(record({ waits: 2 }), unnamed, around()).ruling.park?.until).toBe(NOON + 240_000);
  });

  test('a limit of one model makes only the sessions wait that meet it', () => {
    const opus = { ...limited, rateLimit: { resetsAt: RESET, type: 'seven_day_opus' } };
    expect(ruleOn(record(), opus, around()).ruling).toMatchObject({ park: null, decision: { action: 'retry' } });
  });

  test('a wait that is too long, switched off, or in vain again and again is for a person', () => {
    const far = { ...limited, rateLimit: { resetsAt: NOON + 9 * 86_400_000, type: null } };
    expect(ruleOn(record(), far, around()).ruling.decision).toMatchObject({ action: 'stop', reason: expect.stringContaining('maxWaitMs') });
    const off = { ...POLICY, rateLimit: { ...POLICY.rateLimit, wait: false } };
    expect(ruleOn(record(), limited, around({ policy: off })).ruling.decision).toMatchObject({ action: 'stop' });
    expect(ruleOn(record({ waits: POLICY.maxRecoveries }), limited, around()).ruling.decision).toMatchObject({ action: 'stop' });
  });
});

describe('the note to the agent', () => {
  const PROMPT = 'Write the quarterly report';
  const inFlight = [
    { toolUseId: 't1', tool: 'Bash', input: { command: 'git push origin main', env: 'API_KEY=abcdef123456' } },
    { toolUseId: 't2', tool: 'Write', input: { file_path: '/x', content: 'y'.repeat(10_000) } },
  ];

  test('names why, and the calls whose outcome is not known', () => {
    const [decision] = run([crashed({ inFlight })]);
    const note = decision?.action === 'retry' ? decision.note : '';
    expect(note).toMatch(
      /interrupted: its process was ended from outside[\s\S]*- Bash .*git push origin main[\s\S]*- Write[\s\S]*Go on with the task\./,
    );
    expect(note).toContain('check before you do any of them again');
    expect(note).not.toContain('abcdef123456');
    expect(note.length).toBeLessThan(1_500);
  });

  test('never holds the first prompt', () => {
    for (const conversation of [gone, crashed().conversation]) {
      const [decision] = run([crashed({ conversation, inFlight, lastEvents: [event({ type: 'text', text: PROMPT })] })]);
      expect(decision?.action === 'retry' && decision.note).not.toContain(PROMPT);
    }
  });
});

describe('a proposal of a plugin', () => {
  const propose = (report: SessionCrashReport, strategy: 'immediate' | 'delayed' | 'manual', delayMs?: number, known = record()) => {
    const analysis = classify(report);
    const ruling = decide(report, analysis, known, around());
    const proposal = { strategy, reason: 'I know better', plugin: 'wise', ...(delayMs === undefined ? {} : { delayMs }) };
    return consider(report, analysis, known, around(), ruling, proposal);
  };

  test('may delay, hasten or stop a retry, and is named', () => {
    expect(propose(crashed(), 'delayed', 5_000)).toMatchObject({
      proposedBy: 'wise',
      ruling: { decision: { delayMs: 5_000, notBefore: NOON + 5_000 } },
    });
    expect(propose(crashed(), 'manual')).toMatchObject({ ruling: { decision: { action: 'stop', reason: 'I know better (wise)' } } });
    expect(propose(failed('overloaded', { apiStatus: 529 }), 'immediate')).toMatchObject({
      ruling: { counted: true, decision: { delayMs: 0 } },
    });
  });

  test('that wants more retries with refused credentials gets them counted, with the backoff at least', () => {
    const refused = failed('Invalid API key', { apiStatus: 401 });
    expect(propose(refused, 'immediate')).toMatchObject({ ruling: { counted: true, decision: { action: 'retry', delayMs: 1_000 } } });
    expect(propose(refused, 'immediate', 0, record({ retries: 3 }))).toMatchObject({
      proposedBy: null,
      ruling: { decision: { action: 'stop' } },
    });
  });

  test('cannot go beyond the limits of retries, nor shorten the wait for a limit', () => {
    expect(propose(crashed(), 'immediate', 0, record({ retries: 3 }))).toMatchObject({
      proposedBy: null,
      ruling: { decision: { action: 'stop' } },
    });
    const limited = failed("You've hit your limit", { apiStatus: 429, rateLimit: { resetsAt: NOON + 3_600_000, type: null } });
    expect(propose(limited, 'immediate')).toMatchObject({ proposedBy: null, ruling: { decision: { delayMs: 3_600_000 + 15_000 } } });
  });
});
