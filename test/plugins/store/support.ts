/** A running @vp/store in a fake kernel, and folders for its state. */
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isVpError, store, type Facade, type Store, type StoredEvent, type StoreEvents, type VpError } from '@vp/sdk';
import { testPlugin, type LogLine, type TestPlugin } from '@vp/sdk/testing';
import { expect, onTestFinished } from 'vitest';
import plugin from '../../../plugins/store/index.ts';
import manifest from '../../../plugins/store/plugin.json' with { type: 'json' };
import { Driver } from '../../../plugins/store/sqlite/driver.ts';

/** A store that runs. */
export interface RunningStore {
  readonly store: Facade<Store, StoreEvents>;
  /** What `appended` has told, in order. */
  readonly told: StoredEvent[];
  readonly log: readonly LogLine[];
  readonly kit: TestPlugin;
  /** Ends it; nothing of it may be left. */
  stop(): Promise<void>;
}

/** A new state folder, removed when the test has ended. */
export function newHome(): string {
  const home = realpathSync(mkdtempSync(join(tmpdir(), 'vp-store-')));
  onTestFinished(() => rmSync(home, { recursive: true, force: true }));
  return home;
}

/** Starts the plugin; it is ended with the test. */
export async function startStore(home: string, config: Record<string, unknown> = {}): Promise<RunningStore> {
  const kit = await testPlugin(plugin, { manifest: manifest as Record<string, unknown>, config, home });
  const facade = kit.use(store);
  const told: StoredEvent[] = [];
  facade.on('appended', (events) => told.push(...events));
  let isStopped = false;
  const stop = async (): Promise<void> => {
    if (isStopped) return;
    isStopped = true;
    const { open, errors } = await kit.stop();
    expect({ open, errors }).toEqual({ open: [], errors: [] });
  };
  onTestFinished(stop);
  return { store: facade, told, log: kit.log, kit, stop };
}

/** Swaps in another generation of the same plugin. */
export async function reload({ kit }: RunningStore, config?: Record<string, unknown>): Promise<void> {
  const { errors, open } = await kit.reload(plugin, config);
  expect({ errors, open }).toEqual({ errors: [], open: [] });
}

/** The error of VP that something is refused with. */
export async function refusal(act: () => unknown): Promise<VpError> {
  try {
    await act();
  } catch (error) {
    if (isVpError(error)) return error;
    throw error;
  }
  return expect.fail('nothing was thrown');
}

/** Works on a database that no store has open. */
export function withDatabase<T>(home: string, act: (driver: Driver) => T): T {
  const driver = new Driver(join(home, 'state.db'));
  try {
    return act(driver);
  } finally {
    driver.close();
  }
}

/** A small file system of its own, taken away with the test; undefined where this machine does not let one be made. */
export function smallDisk(size: string): string | undefined {
  const folder = join(newHome(), 'disk');
  mkdirSync(folder);
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${size}`, 'none', folder], { stdio: 'ignore' });
  } catch {
    return undefined;
  }
  onTestFinished(() => void execFileSync('umount', ['-l', folder]));
  return folder;
}

/** Tries again until nothing is thrown; the limit is only there for what never comes. */
export async function eventually(check: () => void | Promise<void>): Promise<void> {
  const end = Date.now() + 30_000;
  for (;;) {
    try {
      return await check();
    } catch (error) {
      if (Date.now() > end) throw error;
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
  }
}
