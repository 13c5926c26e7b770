import { defineConfig } from '@vp/sdk';

export default defineConfig({
  plugins: ['@vp/store', '@vp/charter', '@vp/policy', '@vp/claude', '@vp/pool', '@vp/recovery', '@vp/gateway'],
  required: ['@vp/policy'],
});
