/** A running @vp/charter in a fake kernel, and a folder for charters. */
import { mkdtemp, realpath, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { charters, type CompiledCharter } from '@vp/sdk';
import { testPlugin, type TestPlugin } from '@vp/sdk/testing';
import { expect, onTestFinished, vi } from 'vitest';
import plugin from '../../../plugins/charter/index.ts';
import manifest from '../../../plugins/charter/plugin.json' with { type: 'json' };

export const SCHEMA_OF_PLUGIN = manifest as Record<string, unknown>;

/** A new folder, removed when the test has ended. */
export async function folder(): Promise<string> {
  const dir = await realpath(await mkdtemp(join(tmpdir(), 'vp-charter-')));
  onTestFinished(() => rm(dir, { recursive: true, force: true }));
  return dir;
}

/** What the service has said. */
export interface Said {
  readonly changed: CompiledCharter[];
  readonly rejected: { readonly id: string; readonly problems: readonly string[] }[];
  /** Everything, in order. */
  readonly order: string[];
}

/** Sets the plugin up; it is stopped, and nothing of it may be left, when the test has ended. */
export async function charterPlugin(
  config: Record<string, unknown> = {},
): Promise<{ kit: TestPlugin; service: ReturnType<typeof serviceOf>; said: Said }> {
  const kit = await testPlugin(plugin, { manifest: SCHEMA_OF_PLUGIN, config });
  onTestFinished(async () => {
    const { open, errors } = await kit.stop();
    expect({ open, errors }).toEqual({ open: [], errors: [] });
  });
  const service = serviceOf(kit);
  const said: Said = { changed: [], rejected: [], order: [] };
  service.on('changed', (charter) => {
    said.changed.push(charter);
    said.order.push(`changed ${charter.charter.constraints.forbiddenCommands.join(',')}`);
  });
  service.on('rejected', (rejection) => {
    said.rejected.push(rejection);
    said.order.push('rejected');
  });
  return { kit, service, said };
}

/** Looks again and again until the check holds. */
export function eventually<T>(check: () => T): Promise<T> {
  return vi.waitFor(check, { timeout: 20_000, interval: 5 });
}

function serviceOf(kit: TestPlugin) {
  return kit.use(charters);
}
