/** What the manifest of a sandboxed plugin may say: less than others, since all of it is the word of somebody whom nobody trusts. */
import { compile, formatProblems, manifestSchema, type PluginManifest, type Problem } from '@vp/schemas';
import { sandboxError } from '../errors.ts';
import { checkPermissions } from '../permissions/check.ts';
import { union } from '../permissions/cover.ts';
import { visible } from '../permissions/visible.ts';
import { optionsProblems } from './options.ts';

/** Keys that only kernel trust may have. */
const KERNEL_ONLY = ['fires', 'provides', 'discovers', 'offline', 'commands', 'checks'] as const;
/** Keys that mean something else to JavaScript. */
const CHARGED = ['__proto__', 'constructor', 'prototype'];
const MAX_DEPTH = 64;
/** Entries of one list or object. What is compared with each other takes time with their square. */
const MAX_ENTRIES = 256;
/** Problems that are told of. */
const MAX_TOLD = 20;

/**
 * Checks a manifest and gives it back.
 * @throws VP_SANDBOX_MANIFEST with every problem; VP_PERMISSION_INVALID
 */
export function checkSandboxed(manifest: unknown, use: string, file: string): PluginManifest {
  const early = earlyProblems(manifest, '');
  if (early.length > 0) throw invalid('VP_SANDBOX_MANIFEST', early, use, file);
  const problems = compile(manifestSchema, { known: true })(manifest);
  const shape = problems.filter(({ path }) => !isPermission(path));
  if (shape.length > 0) throw invalid('VP_SANDBOX_MANIFEST', shape, use, file);
  const checked = manifest as PluginManifest;
  const permissions = [...under('/permissions', checked.permissions), ...under('/optionalPermissions', checked.optionalPermissions)];
  if (permissions.length > 0) throw invalid('VP_PERMISSION_INVALID', permissions, checked.name, file);
  const both = checkPermissions(union(checked.permissions ?? {}, checked.optionalPermissions ?? {}));
  if (both.length > 0) throw invalid('VP_PERMISSION_INVALID', both, checked.name, file);
  const meant = [...kernelOnly(checked), ...environment(checked), ...optionsProblems(checked.config)];
  if (meant.length > 0) throw invalid('VP_SANDBOX_MANIFEST', meant, checked.name, file);
  return checked;
}

function isPermission(path: string): boolean {
  return /^\/(?:permissions|optionalPermissions)(?:\/|$)/.test(path);
}

function under(path: string, permissions: unknown): Problem[] {
  if (permissions === undefined) return [];
  return checkPermissions(permissions).map((problem) => ({ ...problem, path: path + problem.path }));
}

function kernelOnly(manifest: PluginManifest): Problem[] {
  const keys = KERNEL_ONLY.filter((key) => manifest[key] !== undefined && manifest[key] !== false);
  return keys.map((key) => ({
    path: `/${key}`,
    expected: 'nothing, since a sandboxed plugin cannot have it (`trust: "kernel"` can)',
    found: JSON.stringify(manifest[key]).slice(0, 80),
  }));
}

/** A variable that overrides an option tells the plugin its value: that takes the permission to read it. */
function environment({ env = {}, permissions = {} }: PluginManifest): Problem[] {
  const names = Object.keys(env).filter((name) => !(permissions.env ?? []).includes(name));
  const unasked = names.map((name) => ({
    path: `/env/${name}`,
    expected: 'a variable that is also under permissions.env',
    found: JSON.stringify(env[name]),
  }));
  const charged = Object.entries(env).filter(([, pointer]) => pointer.split('/').some((part) => CHARGED.includes(part)));
  return [...unasked, ...charged.map(([name, pointer]) => ({ path: `/env/${name}`, expected: 'the place of an option', found: pointer }))];
}

/** Keys that may not be, and lists that are too long: what must be known before anything else looks at a manifest. */
function earlyProblems(value: unknown, path: string, depth = 0): Problem[] {
  if (typeof value !== 'object' || value === null) return [];
  if (depth > MAX_DEPTH) return [{ path: '/', expected: `at most ${MAX_DEPTH} levels`, found: 'more' }];
  const keys = Object.keys(value);
  if (keys.length > MAX_ENTRIES) return [{ path, expected: `at most ${MAX_ENTRIES} entries`, found: `${keys.length}` }];
  return keys.flatMap((key) => {
    if (CHARGED.includes(key)) return [{ path: `${path}/${key}`, expected: 'another key', found: 'this one' }];
    return earlyProblems((value as Record<string, unknown>)[key], `${path}/${key}`, depth + 1);
  });
}

function invalid(code: 'VP_SANDBOX_MANIFEST' | 'VP_PERMISSION_INVALID', problems: readonly Problem[], plugin: string, file: string): Error {
  const more = problems.length > MAX_TOLD ? `\nand ${problems.length - MAX_TOLD} more` : '';
  const text = visible(`${formatProblems(problems.slice(0, MAX_TOLD))}${more}`);
  return sandboxError(code, { plugin: visible(plugin), problems: text }, { plugin, file });
}
