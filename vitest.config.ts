import { defineConfig } from 'vitest/config';

// The hostile plugins take minutes and burn processors: they run by themselves, as `npm run test:hostile`.
const isHostile = process.env['VP_HOSTILE'] === '1';

export default defineConfig({
  test: {
    include: [isHostile ? 'test/hostile/**/*.test.ts' : 'test/**/*.test.ts'],
    exclude: isHostile ? [] : ['test/hostile/**'],
    testTimeout: 60_000,
    hookTimeout: 60_000,
    pool: 'forks',
    maxWorkers: 2,
  },
});
