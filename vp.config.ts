import { defineConfig } from '@vp/sdk';

export default defineConfig({
  plugins: [
    '@vp/store',
    '@vp/charter',
    // No plugin analyses commands yet: a call that nobody objects to runs. Write 'ask' to have every call denied instead.
    ['@vp/claude', { withoutFacts: 'allow' }],
    '@vp/pool',
    '@vp/recovery',
    '@vp/gateway',
  ],
});
