/** Leases of the compiler, one plugin that nobody trusts at a time. */
import type { RuntimeOptions } from '@vp/sdk/runtime';

/** Runs what needs the compiler; who gives it ends the compiler's process in time. */
export type Compile = RuntimeOptions['compile'];

type Esbuild = typeof import('esbuild');

let last: Promise<unknown> = Promise.resolve();

/** A `Compile` for commands without a kernel: ends the compiler once `act` has ended. */
export async function standaloneCompile<T>(act: () => Promise<T>): Promise<T> {
  try {
    return await act();
  } finally {
    const { stop } = await import('esbuild');
    await stop();
  }
}

/**
 * Runs `act` with the compiler, after those that came before. Source that is nested deeply enough ends the compiler's process (its stack
 * has a limit that nothing can catch): one at a time, it takes no other sandboxed plugin with it, and the next one finds a new process.
 */
export function withCompiler<T>(compile: Compile, act: (esbuild: Esbuild) => Promise<T>): Promise<T> {
  const turn = last.then(() => compile(() => attempt(act)));
  last = turn.catch(() => undefined);
  return turn;
}

/** Twice where the process was ended: perhaps by somebody else's source. */
async function attempt<T>(act: (esbuild: Esbuild) => Promise<T>): Promise<T> {
  const esbuild = await import('esbuild');
  try {
    return await act(esbuild);
  } catch (error) {
    if (!isGone(error)) throw error;
    await esbuild.stop();
  }
  try {
    return await act(esbuild);
  } catch (error) {
    if (isGone(error)) await esbuild.stop();
    throw error;
  }
}

/** Whether the compiler's process was ended under a build. Then it fails with a plain error, not with messages about source. */
export function isGone(error: unknown): boolean {
  if (!(error instanceof Error) || 'errors' in error) return false;
  return /^The service (?:was stopped|is no longer running)/.test(error.message) || isGone(error.cause);
}
