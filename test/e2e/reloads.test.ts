/** Every plugin that sessions depend on is swapped while they run: clients stay connected, and nobody else notices. */
import { chmod } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, expect, it } from 'vitest';
import { pool, sessions, store } from '@vp/sdk';
import { connect } from '../../kernel/cli/remote.ts';
import { place, type Place } from '../support/vp.ts';

const light = join(import.meta.dirname, '..', 'support', 'agents', 'light.sh');
const PLUGINS = ['@vp/store', '@vp/pool', '@vp/recovery', '@vp/claude', '@vp/gateway'];

let here: Place | undefined;

afterEach(async () => here?.remove());

it('store, pool, recovery, claude and gateway are reloaded in turn while sessions start, ask, crash and end', async () => {
  await chmod(light, 0o755);
  here = await place();
  await here.config({
    plugins: [
      '@vp/store',
      '@vp/charter',
      ['@vp/claude', { bin: light, withoutFacts: 'allow', canary: false, reserveMb: 0 }],
      ['@vp/pool', { maxConcurrentSessions: 3, minFreeMemoryMb: 0 }],
      ['@vp/recovery', { backoff: { baseMs: 50, maxMs: 200 } }],
      '@vp/gateway',
    ],
  });
  await here.service();
  const client = await connect(here.state);
  const lost: unknown[] = [];
  client.lost.catch((error: unknown) => lost.push(error));
  const ended: string[] = [];
  const shown = new Map<string, number>();
  client.use(pool).on('request-ended', ({ requestId }) => ended.push(requestId));
  client.use(sessions).on('session-output', ({ events }) => {
    for (const { id } of events) shown.set(id, (shown.get(id) ?? 0) + 1);
  });
  const accepted: string[] = [];
  for (let n = 0; n < 12; n += 1) {
    const prompt = `steps=6 pace=0.1 ask=${n % 2 === 0 ? 2 : 0} crash=${n % 4 === 3 ? 3 : 0}`;
    accepted.push((await client.use(pool).submit({ config: { workingDirectory: here.project, prompt } })).requestId);
  }
  for (let round = 0; round < 2; round += 1) {
    for (const plugin of PLUGINS) {
      const { code, out, err } = await here.vp(['reload', plugin, '--json']);
      expect({ plugin, code, err, out: out.includes('refused') }).toEqual({ plugin, code: 0, err: '', out: false });
      expect((await client.use(store).info()).engine).not.toBe('');
    }
  }
  while ((await client.use(pool).listSessions({ open: true })).length > 0) await new Promise((resolve) => setTimeout(resolve, 30));
  const rows = await client.use(pool).listSessions();
  expect(rows.map(({ state }) => state)).toEqual(accepted.map(() => 'completed'));
  expect(rows.map(({ attempts }) => attempts).toSorted((a, b) => a - b)).toEqual([1, 1, 1, 1, 1, 1, 1, 1, 1, 2, 2, 2]);
  expect(ended.toSorted()).toEqual(accepted.toSorted());
  expect([...shown.values()].filter((times) => times !== 1)).toEqual([]);
  expect(lost).toEqual([]);
  await client.close();
});
