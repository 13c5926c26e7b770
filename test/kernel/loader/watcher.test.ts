import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { Watcher } from '../../../kernel/loader/watcher.ts';

let folder: string;
let watcher: Watcher;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'vp-watcher-'));
});
afterEach(async () => {
  await watcher.close();
  rmSync(folder, { recursive: true });
});

it('tells of a file that was saved between its loading and the moment from which its folder is watched', async () => {
  const early = join(folder, 'early.ts');
  const late = join(folder, 'late.ts');
  writeFileSync(early, '1');
  writeFileSync(late, '1');
  await new Promise((resolve) => setTimeout(resolve, 20));
  const told: string[] = [];
  watcher = new Watcher(
    () => 0,
    (files) => void told.push(...files),
  );
  await new Promise((resolve) => setTimeout(resolve, 20));
  writeFileSync(late, '2');
  await watcher.watch([early, late]);
  await expect.poll(() => told).toEqual([late]);
});
