/** What a guest threw, for people: with the place in its sources, and nothing in it that steers a terminal. */
import { isVpError } from '@vp/sdk';
import { visible } from './broker/visible.ts';
import { sandboxError } from './errors.ts';

/** A stack is the guest's text: no more of it is searched than a real one has. */
const STACK_LINES = 40;
const LINE_CHARS = 400;
const WHY_CHARS = 2_000;

/** The error with the first place of its stack, where it is one that the guest threw; else the error as it is. */
export function located(error: unknown, plugin: string): unknown {
  if (!isVpError(error) || error.code !== 'VP_SANDBOX_FAILED' || !(error.cause instanceof Error)) return error;
  const { message, stack = '' } = error.cause;
  const place = placeIn(stack);
  const why = visible(place === undefined ? message : `${message} (${place})`, WHY_CHARS, '\n\t');
  return sandboxError('VP_SANDBOX_FAILED', { plugin, why }, { plugin, cause: error.cause });
}

function placeIn(stack: string): string | undefined {
  const lines = stack.slice(0, STACK_LINES * LINE_CHARS).split('\n', STACK_LINES);
  const frames = lines.filter((line) => line.startsWith('    at ') && line.length <= LINE_CHARS);
  return frames.map((frame) => /([^\s()]{1,300}:\d{1,9}:\d{1,9})\)?$/.exec(frame)?.[1]).find((place) => place !== undefined);
}
