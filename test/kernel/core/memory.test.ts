/** Old code is let go: many reloads need no more memory than a few. */
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { runNode, world } from '../support.ts';

/** `VP_SOAK=1` runs all 3,000, which takes about a minute. */
const RELOADS = process.env['VP_SOAK'] === '1' ? 3_000 : 300;

describe('many reloads of a plugin of five files', () => {
  it('fit into 64 MB of heap, which does not grow; nearly all old code is collected', { timeout: 300_000 }, async () => {
    const here = world();
    const child = join(import.meta.dirname, '../../support/reload-child.ts');
    const { code, out, err } = await runNode(['--max-old-space-size=64', '--expose-gc', child, here.dir, String(RELOADS)], here.dir);
    expect(err).toBe('');
    expect(code).toBe(0);
    const { marks, alive, loads } = JSON.parse(out) as { marks: number[]; alive: number; loads: number };
    expect(loads).toBe(RELOADS + 1);
    expect(alive).toBeLessThanOrEqual(3);
    expect(marks).toHaveLength(5);
    // Two fifths warm everything up. What the collector leaves for later differs by a few megabytes.
    const [first = 0, second = 0, ...later] = marks;
    expect(later.at(-1)).toBeLessThan(Math.max(first, second) + 4);
  });
});
