/** Where the kernel and the sandbox meet; nothing of the sandbox is loaded before somebody needs it. */
import type { Extensions } from '../cli/invocation.ts';
import { COMMANDS } from '@vp/sandbox/commands';

export const sandbox: Extensions = {
  runtime: async (options) => (await import('@vp/sandbox')).createSandbox(options),
  commands: COMMANDS,
  checks: async () => (await import('@vp/sandbox')).checks,
};
