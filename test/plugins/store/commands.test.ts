import { chmodSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Command } from '@vp/sdk';
import { describe, expect, it } from 'vitest';
import checks from '../../../plugins/store/checks.ts';
import backup from '../../../plugins/store/commands/backup.ts';
import exportAll from '../../../plugins/store/commands/export.ts';
import info from '../../../plugins/store/commands/info.ts';
import { newHome, startStore, type RunningStore } from './support.ts';

/** Runs a command as `vp` would. */
async function run(
  command: Command,
  { store }: RunningStore,
  cwd: string,
  args: readonly string[],
  json = false,
): Promise<{ code: number; out: string; err: string }> {
  const lines = { out: [] as string[], err: [] as string[] };
  const code = await command({
    args,
    options: {},
    json,
    tty: false,
    cwd,
    env: {},
    signal: new AbortController().signal,
    print: (line) => void lines.out.push(line),
    warn: (line) => void lines.err.push(line),
    use: () => store as never,
  });
  return { code, out: lines.out.join('\n'), err: lines.err.join('\n') };
}

async function filled(): Promise<{ home: string; running: RunningStore }> {
  const home = newHome();
  const running = await startStore(home);
  await running.store.transact([
    { op: 'put', collection: 'c', id: 'a', value: { n: 1 } },
    { op: 'append', stream: 's', type: 't', data: 1 },
  ]);
  return { home, running };
}

describe('vp store', () => {
  it('info says where the state is and how much it holds', async () => {
    const { home, running } = await filled();
    const { code, out } = await run(info, running, home, []);
    expect(code).toBe(0);
    expect(out).toMatch(/state\.db: sqlite, schema 1, \d+\.\d MB\n1 documents, 1 events$/);
    expect(JSON.parse((await run(info, running, home, [], true)).out)).toEqual(await running.store.info());
  });

  it('info says what was put aside and what to do with it', async () => {
    const home = newHome();
    writeFileSync(join(home, 'state.db'), 'x'.repeat(10_000));
    const { out } = await run(info, await startStore(home), home, []);
    expect(out).toMatch(/put aside as .*state\.db\.corrupt-\S+; 0 documents and 0 events were saved/);
  });

  it('backup makes a database that a store can be started from', async () => {
    const { home, running } = await filled();
    const { code, out } = await run(backup, running, home, ['copy.db']);
    expect([code, out]).toEqual([0, expect.stringContaining(join(home, 'copy.db'))]);
    const other = newHome();
    writeFileSync(join(other, 'state.db'), readFileSync(join(home, 'copy.db')), { mode: 0o600 });
    const restored = await startStore(other);
    expect(await restored.store.get('c', 'a')).toEqual(await running.store.get('c', 'a'));
    expect(await restored.store.events()).toEqual(await running.store.events());
    const { out: json } = await run(backup, running, home, [join(home, 'second')], true);
    expect(JSON.parse(json)).toEqual({ file: join(home, 'second'), bytes: expect.any(Number) });
  });

  it('export writes a line for each document and event', async () => {
    const { home, running } = await filled();
    const { out } = await run(exportAll, running, home, ['all.jsonl']);
    expect(out).toBe(`${join(home, 'all.jsonl')}: 1 documents and 1 events, one a line`);
    expect(readFileSync(join(home, 'all.jsonl'), 'utf8').split('\n')).toHaveLength(3);
    const { out: json } = await run(exportAll, running, home, ['second'], true);
    expect(JSON.parse(json)).toEqual({ file: join(home, 'second'), documents: 1, events: 1 });
  });

  it('backup and export ask for a file where none is given', async () => {
    const { home, running } = await filled();
    for (const command of [backup, exportAll]) expect(await run(command, running, home, [])).toMatchObject({ code: 2, err: /FILE/ });
  });
});

describe('vp doctor', () => {
  const look = (home: string): ReturnType<typeof checks> => checks({ home, cwd: home, env: {} });

  it('finds the state, also while it is in use, and changes nothing', async () => {
    const { home } = await filled();
    expect(await look(home)).toEqual([{ name: 'state', state: 'ok', detail: expect.stringMatching(/state\.db, \d+\.\d MB, schema 1$/) }]);
  });

  it('takes a folder without one for a new one', async () => {
    const home = newHome();
    expect(await look(home)).toMatchObject([{ name: 'state', state: 'ok' }]);
    expect(await look(join(home, 'none'))).toMatchObject([{ name: 'state', state: 'ok' }]);
    expect(existsSync(join(home, 'none'))).toBe(false);
  });

  it('says so where the file is no database, or can be read by others', async () => {
    const { home } = await filled();
    chmodSync(join(home, 'state.db'), 0o644);
    expect(await look(home)).toMatchObject([{ state: 'warning', hint: `chmod 600 ${join(home, 'state.db')}` }]);
    const other = newHome();
    writeFileSync(join(other, 'state.db'), 'x'.repeat(5_000));
    expect(await look(other)).toMatchObject([{ state: 'failed', hint: expect.stringContaining('Restart the service') }]);
  });
});
