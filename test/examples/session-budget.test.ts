import { budgetCheck, testPlugin } from '@vp/sdk/testing';
import { describe, expect, it } from 'vitest';
import sessionBudget from '../../examples/session-budget/session-budget.ts';

describe('session-budget', () => {
  it('says nothing, then slows down, then stops, by what the session has spent', async () => {
    const plugin = await testPlugin(sessionBudget, { config: { throttleUsd: 1, denyUsd: 3 } });
    const ask = async (costUsd: number) => (await plugin.fire('budget-check', budgetCheck({ costUsd }))).severity;
    expect(await Promise.all([0, 0.99, 1, 2.99, 3, 100].map(ask))).toEqual(['ok', 'ok', 'throttle', 'throttle', 'deny', 'deny']);
    expect((await plugin.fire('budget-check', budgetCheck({ costUsd: 3 }))).reasons).toEqual([
      { plugin: 'session-budget', severity: 'deny', reason: '$3.00 of $3.00 spent: report what is done and what is left' },
    ]);
    expect(await plugin.stop()).toMatchObject({ open: [], errors: [] });
  });

  it('does not start with limits that contradict each other', async () => {
    await expect(testPlugin(sessionBudget, { config: { throttleUsd: 3, denyUsd: 1 } })).rejects.toMatchObject({
      code: 'VP_SETUP_FAILED',
      message: expect.stringContaining('throttleUsd (3) must not be more than denyUsd (1)') as string,
    });
  });
});
