/** The decision log: written behind verdicts, chained, verified, replayed. */
import type { NewStoredEvent, StoredEvent, StoreOperation } from '@vp/sdk';
import { afterEach, describe, expect, it } from 'vitest';
import { redactInput, redactText } from '../../../../plugins/policy/log/redact.ts';
import { hashOf } from '../../../../plugins/policy/log/canonical.ts';
import { bodyOf, chain, GENESIS, readRecord, type Taken } from '../../../../plugins/policy/log/record.ts';
import { decisions, verify } from '../../../../plugins/policy/log/verify.ts';
import { replay } from '../../../../plugins/policy/log/replay.ts';
import { DecisionLog, type LogTarget } from '../../../../plugins/policy/log/writer.ts';
import { call, charter, effect, facts, verdictOn } from '../support.ts';

/** The part of the store that the log uses, in memory; it can be made to fail. */
class MemoryStore {
  events: StoredEvent[] = [];
  fails: 'no' | 'before' | 'after' = 'no';
  calls = 0;

  readonly store: LogTarget['store'] = {
    transact: (operations) => this.#transact(operations),
    events: ({ newestFirst = false, after = 0, limit = 1000 } = {}) =>
      Promise.resolve((newestFirst ? this.events.toReversed() : this.events).filter(({ seq }) => seq > after).slice(0, limit)),
  };

  read = ({ after }: { after: number }): Promise<readonly StoredEvent[]> =>
    Promise.resolve(this.events.filter(({ seq }) => seq > after).slice(0, 2));

  #transact(operations: readonly StoreOperation[]): Promise<(number | null)[]> {
    this.calls += 1;
    if (this.fails === 'before') return Promise.reject(new Error('no space'));
    const seqs = operations.map((operation) => this.#append(operation as { op: 'append' } & NewStoredEvent));
    return this.fails === 'after' ? Promise.reject(new Error('lost connection')) : Promise.resolve(seqs);
  }

  #append({ stream, type, at = 0, key, data }: NewStoredEvent): number | null {
    if (this.events.some((event) => event.key !== null && event.key === key)) return null;
    const seq = (this.events.at(-1)?.seq ?? 0) + 3;
    this.events.push({ seq, at, stream, type, key: key ?? null, data: JSON.parse(JSON.stringify(data)) });
    return seq;
  }
}

const logs: DecisionLog[] = [];
afterEach(async () => {
  await Promise.all(logs.splice(0).map((log) => log.close()));
});

function open(memory: MemoryStore, maxPending = 100) {
  const said: string[] = [];
  const log = new DecisionLog();
  logs.push(log);
  log.attach({
    store: memory.store,
    maxPending,
    failing: (error) => said.push(`failing: ${(error as Error).message}`),
    recovered: (lost) => said.push(`recovered, ${lost} lost`),
  });
  return { log, said };
}

const taken = (n: number, command = `echo ${n}`): Taken => {
  const found = facts();
  const judgement = verdictOn(found, {}, { input: { command } });
  const versions = { policy: '1', parser: 'p', tables: 't' };
  return {
    at: 1_000 + n,
    call: call({ input: { command }, sessionId: 's', callId: `c${n}` }),
    facts: found,
    charter: charter(),
    judgement,
    versions,
  };
};

const kinds = (memory: MemoryStore) => memory.events.map(({ data }) => readRecord(data)?.kind);

describe('the decision log', () => {
  it('keeps every verdict in order, each chained to the one before', async () => {
    const memory = new MemoryStore();
    const { log } = open(memory);
    for (let n = 0; n < 5; n += 1) log.add(taken(n));
    await log.flush();
    const records = memory.events.map(({ data }) => readRecord(data));
    expect(records.map((record) => record?.n)).toEqual([1, 2, 3, 4, 5]);
    expect(records[0]?.prev).toBe(GENESIS);
    expect(records[4]?.prev).toBe(records[3]?.hash);
    expect(memory.events.map(({ type }) => type)).toEqual(['verdict', 'verdict', 'verdict', 'verdict', 'verdict']);
    expect(await verify(memory.read)).toMatchObject({ records: 5, lost: 0, broken: null, isPartial: false });
    expect(memory.calls).toBe(1);
  });

  it('goes on where an earlier one ended', async () => {
    const memory = new MemoryStore();
    const first = open(memory).log;
    first.add(taken(1));
    await first.close();
    const second = open(memory).log;
    second.add(taken(2));
    await second.flush();
    expect(await verify(memory.read)).toMatchObject({ records: 2, broken: null });
  });

  it('holds who, what, where, by which rules', async () => {
    const memory = new MemoryStore();
    const { log } = open(memory);
    log.add(taken(7));
    await log.flush();
    expect(memory.events[0]?.data).toMatchObject({
      kind: 'verdict',
      at: 1_007,
      callId: 'c7',
      sessionId: 's',
      tool: 'Bash',
      input: { command: 'echo 7' },
      isWhole: true,
      inputHash: hashOf({ command: 'echo 7' }),
      cwd: '/project',
      charterHash: charter().hash,
      versions: { policy: '1' },
      verdict: 'allow',
      rule: null,
      findings: [],
      approver: null,
    });
  });

  it('takes verdicts while the store cannot write, says so once, and writes them when it can', async () => {
    const memory = new MemoryStore();
    memory.fails = 'before';
    const { log, said } = open(memory);
    log.add(taken(1));
    await log.flush();
    log.add(taken(2));
    await log.flush();
    expect(said).toEqual(['failing: no space']);
    memory.fails = 'no';
    await log.flush();
    expect(said).toEqual(['failing: no space', 'recovered, 0 lost']);
    expect(await verify(memory.read)).toMatchObject({ records: 2, lost: 0, broken: null });
  });

  it('is bounded: what does not fit is counted and chained as a gap', async () => {
    const memory = new MemoryStore();
    memory.fails = 'before';
    const { log, said } = open(memory, 3);
    for (let n = 0; n < 10; n += 1) log.add(taken(n));
    await log.flush();
    // Three verdicts and the gap behind them.
    expect(log.pending).toBe(4);
    memory.fails = 'no';
    await log.flush();
    expect(kinds(memory)).toEqual(['verdict', 'verdict', 'verdict', 'gap']);
    expect(memory.events[3]?.data).toMatchObject({ lost: 7, from: 1_003, to: 1_009 });
    expect(said.at(-1)).toMatch(/^recovered/);
    expect(await verify(memory.read)).toMatchObject({ records: 4, lost: 7, broken: null });
  });

  it('keeps nothing twice where a write seemed to fail and did not', async () => {
    const memory = new MemoryStore();
    memory.fails = 'after';
    const { log } = open(memory);
    log.add(taken(1));
    await log.flush();
    memory.fails = 'no';
    log.add(taken(2));
    await log.flush();
    expect(await verify(memory.read)).toMatchObject({ records: 2, broken: null });
  });

  it('does not break the chain of another writer', async () => {
    const memory = new MemoryStore();
    const mine = open(memory).log;
    mine.add(taken(1));
    await mine.flush();
    const other = open(memory).log;
    other.add(taken(2));
    await other.flush();
    mine.add(taken(3));
    await mine.flush();
    expect(kinds(memory)).toEqual(['verdict', 'verdict', 'gap']);
    expect(await verify(memory.read)).toMatchObject({ broken: null, lost: 1 });
  });

  it('hands over to the next generation', async () => {
    const [before, after] = [new MemoryStore(), new MemoryStore()];
    const { log } = open(before);
    log.add(taken(1));
    await log.flush();
    after.events = before.events;
    log.attach({ store: after.store, maxPending: 5, failing: () => undefined, recovered: () => undefined });
    log.add(taken(2));
    await log.flush();
    expect(after.calls).toBe(1);
    expect(await verify(after.read)).toMatchObject({ records: 2, broken: null });
  });
});

describe('verifying the log', () => {
  async function written(count: number): Promise<MemoryStore> {
    const memory = new MemoryStore();
    const { log } = open(memory);
    for (let n = 0; n < count; n += 1) log.add(taken(n));
    await log.flush();
    return memory;
  }

  it('finds a record that was changed', async () => {
    const memory = await written(6);
    Object.assign(memory.events[3]?.data as object, { verdict: 'deny' });
    expect((await verify(memory.read)).broken).toEqual({ seq: 12, why: 'record 4 was changed: its hash does not fit its content' });
  });

  it('finds one that was changed with its hash made to fit', async () => {
    const memory = await written(6);
    const { hash: _, ...rest } = readRecord(memory.events[3]?.data) ?? chain(bodyOf(taken(0)), { n: 0, hash: GENESIS });
    const forged = { ...rest, verdict: 'deny' };
    memory.events[3] = { ...(memory.events[3] as StoredEvent), data: { ...forged, hash: hashOf(forged) } };
    expect((await verify(memory.read)).broken).toEqual({ seq: 15, why: 'record 5 does not follow record 4' });
  });

  it('finds one that was removed, exchanged, or is none', async () => {
    const removed = await written(6);
    removed.events.splice(2, 1);
    expect((await verify(removed.read)).broken?.why).toBe('records 3 to 3 are missing');
    const none = await written(3);
    none.events[1] = { ...(none.events[1] as StoredEvent), data: 'x' };
    expect((await verify(none.read)).broken?.why).toBe('it is not a record of the log');
  });

  it('begins where it is told, or where retention has left something', async () => {
    const memory = await written(6);
    expect(await verify(memory.read, 12)).toMatchObject({ records: 3, isPartial: true, first: { seq: 12, n: 4 } });
    memory.events.splice(0, 2);
    expect(await verify(memory.read)).toMatchObject({ records: 4, isPartial: true, broken: null });
  });

  it('is content with an empty log', async () => {
    expect(await verify(new MemoryStore().read)).toMatchObject({ records: 0, first: null, broken: null });
  });
});

describe('what is logged', () => {
  it.each([
    ['curl -H "Authorization: Bearer abcdefghijklmnop1234"', 'abcdefghijklmnop1234'],
    ['export GITHUB_TOKEN=ghp_abcdefghijklmnopqrstuvwx', 'ghp_abcdefghijklmnopqrstuvwx'],
    ['DB_PASSWORD=hunter2hunter2 ./run', 'hunter2hunter2'],
    ['psql postgres://user:s3cretpw@host/db', 's3cretpw'],
    ['echo AKIAABCDEFGHIJKLMNOP', 'AKIAABCDEFGHIJKLMNOP'],
    ['sk-ant-REDACTEDabcdefghijklmnop', 'abcdefghijklmnop'],
  ])('%s has no secret in it', (text, secret) => {
    expect(redactText(text)).not.toContain(secret);
    expect(redactInput({ a: [{ b: text }] }).isWhole).toBe(false);
  });

  it('is the input itself where there is none', () => {
    const input = { command: 'npm test', nested: [1, null, { a: 'TOKEN' }] };
    expect(redactInput(input)).toEqual({ input, isWhole: true });
  });

  it('is bounded', () => {
    const { input, isWhole } = redactInput({ content: 'x'.repeat(1_000_000) });
    expect(JSON.stringify(input).length).toBeLessThan(40_000);
    expect(isWhole).toBe(false);
  });
});

describe('a replay', () => {
  it('gives the same verdicts on the same rules, and names what differs', async () => {
    const memory = new MemoryStore();
    const { log } = open(memory);
    for (let n = 0; n < 5; n += 1) log.add(taken(n, n === 3 ? 'API_KEY=abcdefgh ./x' : `echo ${n}`));
    await log.flush();
    const same = await replay(decisions(memory.read), ({ factsHash }) => ({ ...verdictOn({}), factsHash }));
    expect(same).toEqual({ judged: 5, same: 5, differences: [], unlisted: 0 });
    const stricter = await replay(decisions(memory.read), ({ input }) => ({
      ...verdictOn({ effects: JSON.stringify(input).includes('echo 2') ? [effect('privilege.escalate')] : [] }),
      factsHash: hashOf(facts()),
    }));
    expect(stricter.differences).toMatchObject([{ was: { verdict: 'allow' }, is: { verdict: 'deny', rule: 'privilege' }, because: null }]);
    const otherFacts = await replay(decisions(memory.read), () => ({ verdict: 'ask', rule: 'x', factsHash: 'other' }));
    expect(otherFacts.differences.map(({ because }) => because)).toEqual([
      'files-changed',
      'files-changed',
      'files-changed',
      'input-redacted',
      'files-changed',
    ]);
  });
});
