/** How esbuild makes a script for an isolate. What is kept of earlier builds is kept apart for each set of these. */
import type { BuildOptions } from 'esbuild';

export const BUILD = {
  bundle: true,
  write: false,
  metafile: true,
  format: 'iife',
  globalName: '__vp_plugin',
  platform: 'browser',
  mainFields: ['browser', 'module', 'main'],
  conditions: ['worker', 'browser'],
  target: 'es2024',
  charset: 'utf8',
  legalComments: 'none',
  sourcemap: 'external',
  sourcesContent: false,
  logLevel: 'silent',
  // Settings of a tsconfig.json that lies about would be an input that nobody sees.
  tsconfigRaw: '{}',
  define: { 'process.env.NODE_ENV': '"production"', global: 'globalThis' },
  logOverride: { 'unsupported-dynamic-import': 'error', 'unsupported-require-call': 'error', 'empty-import-meta': 'silent' },
} as const satisfies BuildOptions;
