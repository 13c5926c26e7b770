/** The manifest of a plugin that says it in its code, read without running any of that code. */
import { manifestSchema, type HookName, type PluginManifest } from '@vp/schemas';
import { reasonOf } from '@vp/sdk';
import { sandboxError } from '../errors.ts';
import { visible } from '../permissions/visible.ts';
import { cacheFile, readCachedManifest } from './cache.ts';
import { checkSandboxed } from './checks.ts';
import type { Ask } from './compiler/compiler.ts';
import { failureError } from './failure.ts';
import { hashFile, MAX_INPUT_BYTES, TooLarge } from './source.ts';

const HOOKS: readonly string[] = manifestSchema.$defs.HookName.enum;
/** Unknown hooks that are told of. */
const MAX_TOLD = 20;

export interface InlineManifest {
  readonly manifest: PluginManifest;
  /** Hooks that the definition names. */
  readonly hooks: readonly HookName[];
}

/**
 * Reads the argument of `definePlugin` in the default export of a file, or the plain object that it is. With `cacheDir`, no compiler runs
 * where the file has not changed.
 * @throws VP_SANDBOX_SYNTAX, VP_SANDBOX_SIZE, VP_SANDBOX_NO_PLUGIN, VP_SANDBOX_MANIFEST with the key and the place, VP_PERMISSION_INVALID
 */
export async function readInlineManifest(file: string, use: string, ask: Ask, cacheDir?: string): Promise<InlineManifest> {
  const subject = { plugin: use, use, file };
  const kept = cacheDir === undefined ? undefined : cacheFile(cacheDir, 'manifest', file);
  const cached = kept === undefined ? undefined : await readCachedManifest(kept, await hashOf(file, subject.plugin));
  const task = { k: 'manifest', file, ...(kept === undefined ? {} : { keep: kept }) } as const;
  const { inline, hooks, problems, more } = cached ?? (await ask(task, subject));
  const unknown = hooks.filter((name) => !isHook(name)).map((name) => `/hooks/${name.slice(0, 80)}: expected one of ${HOOKS.join(', ')}`);
  const all = [...problems, ...unknown.slice(0, MAX_TOLD)];
  const untold = more + Math.max(0, unknown.length - MAX_TOLD);
  if (all.length > 0) {
    const text = untold > 0 ? [...all, `and ${untold} more`] : all;
    throw sandboxError('VP_SANDBOX_MANIFEST', { plugin: use, problems: visible(text.join('\n')) }, { plugin: use, file });
  }
  return { manifest: checkSandboxed(inline, use, file), hooks: hooks.filter(isHook) };
}

async function hashOf(file: string, use: string): Promise<string> {
  try {
    return await hashFile(file, MAX_INPUT_BYTES);
  } catch (cause) {
    const subject = { plugin: use, use, file };
    if (cause instanceof TooLarge) throw failureError({ why: 'size', bytes: cause.bytes, limit: MAX_INPUT_BYTES }, subject);
    throw failureError({ why: 'unread', text: reasonOf(cause) }, subject);
  }
}

function isHook(name: string): name is HookName {
  return HOOKS.includes(name);
}
