/** Many reloads under load: no verdict lost, none from nowhere, nothing left over. */
import { expect, it } from 'vitest';
import { world } from '../../kernel/support.ts';
import { churn, CHURN_MS, expectNoGrowth, SOAK } from './support.ts';

/** `VP_SOAK=1` runs all 1,000, which takes some minutes. */
const RELOADS = SOAK ? 1_000 : 60;

it(
  'many reloads while verdicts are asked for answer every call once and for itself, and leave nothing behind',
  { timeout: CHURN_MS + 10_000 },
  async () => {
    const churned = await churn(world().dir, 'reloads', RELOADS);
    expect(churned.odd).toEqual([]);
    expect(churned.answered).toBeGreaterThan(RELOADS);
    expectNoGrowth(churned);
  },
);
