import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { StoredEvent } from '@vp/sdk';
import { expect, it, onTestFinished } from 'vitest';
import { newHome, startStore } from './support.ts';

const ROUNDS = 20;

/** Runs the child for a random moment after its first acknowledgement. Gives what it acknowledged: number and seq. */
async function killed(home: string, first: number): Promise<[n: number, seq: number][]> {
  const child = spawn(process.execPath, [join(import.meta.dirname, 'kill-child.ts'), home, String(first)], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { PATH: process.env['PATH'], HOME: home },
  });
  onTestFinished(() => void child.kill('SIGKILL'));
  let text = '';
  const began = new Promise<void>((resolve) => {
    child.stdout.setEncoding('utf8').on('data', (part: string) => {
      text += part;
      resolve();
    });
  });
  const closed = once(child, 'close');
  await Promise.race([began, closed]);
  await sleep(Math.random() * 60);
  child.kill('SIGKILL');
  await closed;
  const lines = text.split('\n').slice(0, -1);
  expect(lines.length).toBeGreaterThan(0);
  return lines.map((line) => line.split(' ').map(Number) as [number, number]);
}

it(
  `${ROUNDS} kills in the middle of commits lose nothing that was acknowledged, tear nothing, and double no number`,
  { timeout: 240_000 },
  async () => {
    const home = newHome();
    const acknowledged = new Map<number, number>();
    let next = 0;
    for (let round = 0; round < ROUNDS; round += 1) {
      for (const [n, seq] of await killed(home, next)) acknowledged.set(n, seq);
      // Some calls were on disk and not yet acknowledged: further numbers begin behind them.
      next = Math.max(...acknowledged.keys()) + 1_000;
    }
    const { store, log } = await startStore(home);
    const events: StoredEvent[] = [];
    for (let page = await store.events(); page.length > 0; page = await store.events({ after: page.at(-1)?.seq ?? 0 }))
      events.push(...page);
    const byKey = new Map(events.map((event) => [event.key, event]));
    expect(byKey.size).toBe(events.length);
    expect(new Set(events.map(({ seq }) => seq)).size).toBe(events.length);
    for (const [n, seq] of acknowledged) {
      expect(byKey.get(`a${n}`)).toMatchObject({ seq, data: { n, text: 'x'.repeat(n % 3_000) } });
      expect(byKey.get(`b${n}`)).toMatchObject({ data: { n } });
    }
    // All of a call or nothing of it, also of those that were never acknowledged.
    const whole = [...byKey.keys()].filter((key) => key?.startsWith('a')).map((key) => key?.slice(1));
    expect(events).toHaveLength(whole.length * 2);
    expect(await store.count('c')).toBe(whole.length);
    for (const n of whole) expect(byKey.has(`b${n}`)).toBe(true);
    expect((await store.info()).putAside).toBeNull();
    expect(log.filter(({ level }) => level === 'error')).toEqual([]);
  },
);
