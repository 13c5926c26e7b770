/** What the compiler's process could not do, as errors for people. */
import type { VpError } from '@vp/sdk';
import { sandboxError } from '../errors.ts';
import { visible } from '../permissions/visible.ts';
import type { Failure } from './compiler/task.ts';
import { megabytes } from './source.ts';

/** The plugin that is read. */
export interface Subject {
  /** Its name, or what the config says where that is not known yet. */
  readonly plugin: string;
  /** What the config says. */
  readonly use: string;
  /** Its entry. */
  readonly file: string;
}

/** Why the compiler was given up. */
export type GivenUp =
  | { readonly why: 'memory'; readonly bytes: number }
  | { readonly why: 'late'; readonly ms: number }
  | { readonly why: 'answer' }
  | { readonly why: 'ended'; readonly how: string };

const SIMPLER = 'Use less or simpler code: shorter lines, fewer imports, less nesting.';

/** The error of a failure. */
export function failureError(failure: Failure | GivenUp, { plugin, use, file }: Subject): VpError {
  const details = { plugin, file };
  const stopped = (why: string): VpError =>
    sandboxError('VP_SANDBOX_SYNTAX', { plugin, why: visible(`${file}: ${why}`) }, { ...details, hint: SIMPLER });
  switch (failure.why) {
    case 'syntax':
      return sandboxError('VP_SANDBOX_SYNTAX', { plugin, why: visible(failure.text) }, { plugin, file: failure.file ?? file });
    case 'unread':
      return sandboxError('VP_SANDBOX_SYNTAX', { plugin, why: visible(failure.text) }, details);
    case 'size': {
      const values = { plugin, megabytes: megabytes(failure.bytes), limit: megabytes(failure.limit) };
      return sandboxError('VP_SANDBOX_SIZE', values, details);
    }
    case 'builtin':
      return sandboxError('VP_SANDBOX_BUILTIN', { plugin, use, module: visible(failure.module), chain: visible(failure.chain) }, details);
    case 'no-plugin':
      return sandboxError('VP_SANDBOX_NO_PLUGIN', { plugin }, details);
    case 'long-entry': {
      const [found, limit] = [failure.bytes, failure.limit].map((bytes) => Math.round(bytes / 1_024));
      const problems = `${file}: ${found} KB of code; a manifest is looked for in at most ${limit} KB: write it into plugin.json`;
      return sandboxError('VP_SANDBOX_MANIFEST', { plugin, problems }, details);
    }
    case 'gone':
      return stopped('its code ends the compiler; it is nested too deeply');
    case 'memory':
      return stopped(`to compile it takes more than ${megabytes(failure.bytes)} MB of memory`);
    case 'late':
      return stopped(`to compile it takes more than ${failure.ms / 1_000} s`);
    case 'answer':
      return stopped('what the compiler makes of it is too long');
    case 'ended':
      return stopped(`its code ends the compiler (${failure.how})`);
    default:
      return failure satisfies never;
  }
}
