/** Hosts that end when nobody asked them to: calls are denied, never allowed, and the next process answers. */
import { describe, expect, it } from 'vitest';
import { world } from '../../kernel/support.ts';
import { churn, CHURN_MS, eventually, expectNoGrowth, hostProcesses, killHost, Sandboxed, SOAK, source } from './support.ts';

/** `hang` is never answered; every other command is refused. */
const GUARD = `hooks: { 'pre-command': (call) => {
  if (call.input['command'] !== 'hang') return deny('seen');
  globalThis.heard('in');
  return new Promise(() => undefined);
} }`;
const CRASHES = SOAK ? 200 : 25;

/** A kernel with the guard `p`, whose restarts do not wait. */
async function guarded(here: Sandboxed, restarts?: readonly number[]): Promise<void> {
  await here.start({ plugins: [here.world.firer('pre-command'), here.file('p', GUARD)] }, {}, restarts && { restarts });
}

/** Ends the host in the middle of a call. Gives what the call came to. */
async function killInCall(here: Sandboxed): Promise<string[]> {
  const before = here.heard.length;
  const call = here.reasons('hang');
  await eventually(() => expect(here.heard).toHaveLength(before + 1));
  killHost();
  return call;
}

describe('a host that is killed from outside', () => {
  it('in mid-hook: that call is denied by the name of the plugin, the next is answered', async () => {
    const here = new Sandboxed();
    await guarded(here);
    const [pid] = hostProcesses();
    const [said = '', ...others] = await killInCall(here);
    expect(others).toEqual([]);
    expect(said).toMatch(/^p deny: .*plugin "p" was ended \(crash\)/);
    expect(await here.reasons()).toEqual(['p deny: seen']);
    expect(here.row('p')).toMatchObject({ state: 'active', generation: 1, quarantined: null, kills: [{ reason: 'crash' }] });
    expect(hostProcesses()).toHaveLength(1);
    expect(hostProcesses()).not.toContain(pid);
  });

  it('while nothing is asked of it: the next call is answered by another one', async () => {
    const here = new Sandboxed();
    await guarded(here);
    const [pid] = hostProcesses();
    killHost();
    await eventually(() => expect(here.row('p').kills).toMatchObject([{ reason: 'crash' }]));
    expect(await here.reasons()).toEqual(['p deny: seen']);
    expect(hostProcesses()).not.toContain(pid);
  });

  it('with the answer still to come for several calls: each of them is denied', async () => {
    const here = new Sandboxed();
    await guarded(here);
    const calls = Array.from({ length: 20 }, () => here.reasons('hang'));
    await eventually(() => expect(here.heard).toHaveLength(20));
    killHost();
    for (const reasons of await Promise.all(calls)) expect(reasons).toEqual([expect.stringMatching(/^p deny: .*was ended/)]);
    expect(await here.reasons()).toEqual(['p deny: seen']);
  });
});

describe('a plugin that is stopped', () => {
  it('has no process any more, and a reload starts it again', async () => {
    const here = new Sandboxed();
    await guarded(here);
    await here.kernel.stopPlugin('p');
    expect(hostProcesses()).toEqual([]);
    expect(here.row('p')).toMatchObject({ state: 'stopped', memoryBytes: null, kills: [], owns: [] });
    expect(await here.ask()).toEqual([]);
    expect(await here.kernel.reload('p')).toMatchObject([{ result: 'swapped', generation: 2 }]);
    expect(await here.reasons()).toEqual(['p deny: seen']);
  });
});

describe('a plugin that goes down at each of its calls', () => {
  /** Takes the guard to its fourth end. */
  async function quarantined(here: Sandboxed): Promise<void> {
    await guarded(here, [0, 0, 0]);
    for (let n = 0; n < 4; n += 1) expect(await killInCall(here)).toEqual([expect.stringMatching(/^p deny: .*was ended \(crash\)/)]);
  }

  it('is given up after its fourth end, says how that is lifted, and refuses every command meanwhile', async () => {
    const here = new Sandboxed();
    await quarantined(here);
    const row = here.row('p');
    expect(row).toMatchObject({
      state: 'active',
      memoryBytes: null,
      quarantined: { reason: expect.stringMatching(/^crash/), lift: 'vp reload p' },
    });
    expect(row.kills.map(({ reason }) => reason)).toEqual(['crash', 'crash', 'crash', 'crash']);
    for (let n = 0; n < 3; n += 1)
      expect(await here.reasons()).toEqual([expect.stringMatching(/^p deny: .*ended 4 times and is not started again/)]);
    expect(hostProcesses()).toEqual([]);
  });

  it('runs again after a reload, though nothing of it has changed', async () => {
    const here = new Sandboxed();
    await quarantined(here);
    expect(await here.kernel.reload('p')).toMatchObject([{ result: 'swapped', generation: 2 }]);
    expect(await here.reasons()).toEqual(['p deny: seen']);
    expect(here.row('p')).toMatchObject({ state: 'active', quarantined: null });
    expect(here.row('p').kills).toHaveLength(4);
    // What it is counted from begins anew.
    await killInCall(here);
    expect(await here.reasons()).toEqual(['p deny: seen']);
    expect(await here.kernel.reload('p')).toMatchObject([{ result: 'unchanged' }]);
  });

  it('stays given up where the version that was to mend it cannot be set up', async () => {
    const here = new Sandboxed();
    await quarantined(here);
    here.world.write('p.ts', source('p', `setup() { throw new Error('no'); }`));
    expect(await here.kernel.reload('p')).toMatchObject([{ result: 'refused' }]);
    expect(here.row('p')).toMatchObject({ quarantined: { lift: 'vp reload p' } });
    expect(await here.reasons()).toEqual([expect.stringMatching(/^p deny: .*is not started again/)]);
    here.file('p', GUARD);
    expect(await here.kernel.reload('p')).toMatchObject([{ result: 'swapped' }]);
    expect(await here.reasons()).toEqual(['p deny: seen']);
    expect(here.row('p').quarantined).toBeNull();
  });

  it('leaves the kernel no larger', { timeout: CHURN_MS + 10_000 }, async () => {
    const churned = await churn(world().dir, 'crashes', CRASHES);
    expect(churned).toMatchObject({ answered: CRASHES, odd: [] });
    expectNoGrowth(churned);
  });
});

describe('a new version that is refused at its last step', () => {
  it('leaves the figures of the old one as they were', async () => {
    const here = new Sandboxed();
    await guarded(here);
    const { permissions } = here.row('p');
    here.world.write('p.ts', source('p', `hooks: { 'pre-command': { after: ['nobody'], handler: () => undefined } }`));
    expect(await here.kernel.reload('p')).toMatchObject([{ result: 'refused', error: { code: 'VP_AFTER_UNKNOWN' } }]);
    expect(here.row('p').memoryBytes).toBeGreaterThan(0);
    expect(here.row('p').permissions).toEqual(permissions);
    here.file('p', GUARD);
    expect(await here.kernel.reload('p')).toMatchObject([{ result: 'unchanged' }]);
    expect(hostProcesses()).toHaveLength(1);
  });
});
