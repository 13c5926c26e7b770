/** What `vp doctor` looks at for recovery. */
import { existsSync } from 'node:fs';
import type { CheckResult, Checks } from '@vp/sdk';
import { dumpFolder, listDumps } from './dumps.ts';

const checks: Checks = async ({ home }) => {
  if (!existsSync(dumpFolder(home))) return [];
  const dumps = await listDumps(home);
  const newest = dumps.at(-1);
  if (newest === undefined) return [{ name: 'crash dumps', state: 'ok', detail: 'none' }];
  const size = (dumps.reduce((sum, dump) => sum + dump.bytes, 0) / 1e6).toFixed(1);
  const detail = `${dumps.length}, ${size} MB, the newest of ${new Date(newest.at).toISOString()}: ${newest.path}`;
  const results: CheckResult[] = [{ name: 'crash dumps', state: 'ok', detail }];
  return results;
};

export default checks;
