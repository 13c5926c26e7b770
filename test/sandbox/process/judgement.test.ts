import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { rmSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { findingOf, lateSince, type Finding } from '../../../sandbox/process/lateness.ts';
import { Opening } from '../../../sandbox/process/opening.ts';
import { Operations, type Operation } from '../../../sandbox/process/operations.ts';
import { scriptedSettings } from './settings.ts';
import { fixture, isRunning, until } from './support.ts';

const operationOf = (kind: Operation['kind']): Operation => new Operations().open({ kind, what: 'a tap', ms: 50 }).operation;

/** What is found of an operation that has been late for `passed` ms, in which the process had `cpuMs` of CPU time. */
function found(
  passed: number,
  cpuMs: number,
  { runnable = false, heardAt = 0, kind = 'call' }: { runnable?: boolean; heardAt?: number; kind?: Operation['kind'] } = {},
): Finding {
  const operation = { ...operationOf(kind), lateness: lateSince(1_000, 0) };
  return findingOf(operation, 1_000 + passed, { rssBytes: 0, cpuMs, busy: runnable }, heardAt, () => runnable);
}

describe('an operation that is late', () => {
  it('is not judged within the grace', () => {
    expect(found(199, 199)).toBe('unknown');
    expect(found(499, 499, { kind: 'load' })).toBe('unknown');
  });

  it('is idle where nothing runs', () => expect(found(200, 0)).toBe('idle'));

  it('is spinning where its process runs most of the time', () => expect(found(200, 150)).toBe('spinning'));

  it('is no native code where the guest still speaks', () => expect(found(200, 200, { heardAt: 1_100 })).toBe('idle'));

  it('is left open where the process could run and hardly gets to, for a while', () => {
    expect(found(300, 20, { runnable: true })).toBe('unknown');
    expect(found(800, 100, { runnable: true })).toBe('spinning');
    expect(found(800, 20, { runnable: true })).toBe('unknown');
    expect(found(10_001, 20, { runnable: true })).toBe('idle');
  });
});

describe('a slice that was cut', () => {
  function killOf(stuck: boolean): { reason: string; detail: string } | undefined {
    let seen: { reason: string; detail: string } | undefined;
    const opening = new Opening({
      settings: scriptedSettings(''),
      operations: new Operations(),
      kill: (reason, detail) => (seen = { reason, detail }),
      stop: () => undefined,
      pong: () => false,
    });
    opening.hear({ t: 'cut', ms: 250, ...(stuck ? { stuck } : {}) });
    return seen;
  }

  it('ends in deadline', () => {
    expect(killOf(false)).toEqual({ reason: 'deadline', detail: 'it ran for 250 ms without a pause' });
  });

  it('and could not be interrupted ends in cpu', () => {
    expect(killOf(true)).toMatchObject({ reason: 'cpu', detail: expect.stringMatching(/could not be interrupted/) });
  });
});

it('a host whose kernel is killed ends too, also where its guest runs for ever', async () => {
  const kernel = spawn(process.execPath, [fixture('doomed.js')], { stdio: ['ignore', 'pipe', 'inherit'] });
  const [said] = (await once(kernel.stdout, 'data')) as [Buffer];
  const pid = Number(said.toString().split(' ')[0]);
  expect(isRunning(pid)).toBe(true);
  kernel.kill('SIGKILL');
  await until(() => !isRunning(pid));
  rmSync(said.toString().trim().split(' ')[1] ?? '', { recursive: true, force: true });
});
