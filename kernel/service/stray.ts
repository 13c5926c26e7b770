/** Errors that no one caught. A plugin's forgotten promise must not end the service; after a throw nothing can be trusted any more. */
import type { Logger } from '@vp/sdk';
import { reasonOf } from '../core/errors.ts';

/** Logs stray rejections and goes on; logs a stray throw before it ends the process. Sessions live on either way. Gives the undo. */
export function catchStrays(log: Logger): () => void {
  const rejected = (error: unknown): void =>
    log.error(fields(error), 'a promise was rejected and nobody had asked for it; the service goes on');
  const threw = (error: unknown): void =>
    log.error(fields(error), 'an error was thrown and nobody caught it; the service ends, its sessions live on');
  process.on('unhandledRejection', rejected);
  process.on('uncaughtExceptionMonitor', threw);
  return () => {
    process.off('unhandledRejection', rejected);
    process.off('uncaughtExceptionMonitor', threw);
  };
}

function fields(error: unknown): { error: string; stack?: string } {
  const stack = error instanceof Error ? error.stack : undefined;
  return { error: reasonOf(error), ...(stack === undefined ? {} : { stack }) };
}
