/** A service with sandboxed plugins, by the real `vp`: what it shows, what it revokes, and that no host outlives it. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { place, type Place, type Running } from '../../support/vp.ts';
import { eventually, hostsOf, isHost, source } from './support.ts';

const BODY = `hooks: { 'pre-command': (call) => (String(call.input['command']).startsWith('rm ') ? deny('no') : undefined) }`;

let here: Place;
let service: Running;

beforeEach(async () => {
  here = await place();
  for (const name of ['first', 'second']) await here.write(`${name}.ts`, source(name, BODY));
  await here.write('broken.ts', source('broken', `permissions: { net: ['https://*'] }, ${BODY}`));
});

afterEach(() => here.remove());

/** Starts the service. Gives the process ids of its hosts. */
async function start(...plugins: string[]): Promise<number[]> {
  await here.config({ plugins });
  service = await here.service();
  return hostsOf(service.child.pid);
}

describe('the hosts of a service', () => {
  it('end by themselves where it is killed', async () => {
    const hosts = await start('./first.ts', './second.ts');
    expect(hosts).toHaveLength(2);
    service.child.kill('SIGKILL');
    await service.ended;
    await eventually(() => expect(hosts.filter(isHost)).toEqual([]));
  });

  it('are gone once it was stopped', async () => {
    const hosts = await start('./first.ts', './second.ts');
    expect(hosts).toHaveLength(2);
    expect(await here.vp(['stop'])).toMatchObject({ code: 0 });
    await service.ended;
    expect(hosts.filter(isHost)).toEqual([]);
  });
});

describe('a service with sandboxed plugins', () => {
  it('shows them, starts without the one that cannot be, and ends the one that was revoked', async () => {
    const hosts = await start('./first.ts', './second.ts', './broken.ts');
    expect(hosts).toHaveLength(2);
    expect(service.out() + service.err()).toMatch(/broken/);

    const list = await here.vp(['plugins']);
    expect(list.code).toBe(0);
    expect(list.out).toMatch(/first +\S+ +sandboxed +active/);
    expect(list.out).toMatch(/broken +\S+ +sandboxed +failed/);
    expect(list.out).toMatch(/broken: .*https:\/\/\*/);

    const one = await here.vp(['plugins', 'first']);
    expect(one.code).toBe(0);
    expect(one.out).toContain('sees every command your agents want to run, and may deny it');
    expect((await here.vp(['plugins', 'nobody'])).code).toBe(2);

    const doctor = await here.vp(['doctor']);
    expect(doctor.out).toMatch(/✓ sandbox: a host process starts/);
    expect(doctor.out).toMatch(/✓ grants: none was given/);
    expect(doctor.out).toMatch(/! service: .*broken \(/);
    // Nobody listens on its socket: this service has no gateway.
    expect(doctor.code).toBe(1);

    const revoked = await here.vp(['plugin', 'revoke', 'first']);
    expect(revoked).toMatchObject({ code: 0 });
    expect(hosts.filter(isHost)).toHaveLength(1);
    const { out } = await here.vp(['plugins', '--json']);
    expect(JSON.parse(out)).toMatchObject([
      { name: 'first', state: 'failed' },
      { name: 'second', state: 'active' },
      { name: 'broken', state: 'failed' },
    ]);

    // What was revoked stays so.
    expect((await here.vp(['reload', 'first'])).code).toBe(2);
    expect((await here.vp(['stop'])).code).toBe(0);
    const again = await start('./first.ts', './second.ts');
    expect(again).toHaveLength(1);
  });
});
