/** The SDK that sandboxed plugins are built with: always the one of this installation, whatever a plugin brings along. */
import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join, sep } from 'node:path';
import type { PluginManifest } from '@vp/schemas';
import { sandboxError } from '../errors.ts';

const require = createRequire(import.meta.url);
/** What a sandboxed plugin may import of it; the rest is for tests and for the kernel. */
const OFFERED = ['@vp/sdk', '@vp/sdk/folds', '@vp/sdk/phrases'];

interface Installed {
  readonly folder: string;
  readonly version: string;
}

let installed: Installed | undefined;

/** The files of `@vp/sdk` and its paths, without those that a sandboxed plugin has no use for. */
export function sdkFiles(): Record<string, string> {
  return Object.fromEntries(OFFERED.map((specifier) => [specifier, require.resolve(specifier)]));
}

/** Whether a file is part of the SDK of this installation. */
export function isSdkFile(path: string): boolean {
  return path.startsWith(sdk().folder + sep);
}

/** Version of the SDK, from its package.json. */
export function sdkVersion(): string {
  return sdk().version;
}

/**
 * Whether a plugin can work with this SDK: the same major version, and no newer minor one.
 * @throws VP_SANDBOX_SDK
 */
export function checkSdk(manifest: PluginManifest, file: string, have: string = sdkVersion()): void {
  if (manifest.sdk === undefined) return;
  const [major = 0, minor = 0] = numbers(manifest.sdk);
  const [haveMajor = 0, haveMinor = 0] = numbers(have);
  if (major === haveMajor && minor <= haveMinor) return;
  throw sandboxError(
    'VP_SANDBOX_SDK',
    { plugin: manifest.name, wanted: manifest.sdk, have },
    { plugin: manifest.name, file, path: '/sdk' },
  );
}

function numbers(version: string): number[] {
  return version.split('.').map((part) => Number.parseInt(part, 10));
}

function sdk(): Installed {
  if (installed) return installed;
  for (let folder = dirname(require.resolve('@vp/sdk')); ; folder = dirname(folder)) {
    const file = join(folder, 'package.json');
    const pack = existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as { name?: string; version?: string }) : {};
    if (pack.name === '@vp/sdk') return (installed = { folder, version: pack.version ?? '0.0.0' });
    if (dirname(folder) === folder) throw new Error('@vp/sdk has no package.json');
  }
}
