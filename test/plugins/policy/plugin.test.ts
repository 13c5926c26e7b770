/** The plugin in a fake kernel: its tap, its service, its log. */
import { charters, policy, store, type CompiledCharter, type NewStoredEvent, type StoredEvent } from '@vp/sdk';
import { fake, preCommand, testPlugin, type FakeService } from '@vp/sdk/testing';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import plugin from '../../../plugins/policy/index.ts';
import manifest from '../../../plugins/policy/plugin.json' with { type: 'json' };
import { verify } from '../../../plugins/policy/log/verify.ts';
import { charter } from './support.ts';

const MANIFEST = manifest as Record<string, unknown>;
const house = charter({ requiredApprovals: ['push'], autoApprove: ['publish'] });
const byId: Readonly<Record<string, CompiledCharter>> = { default: charter(), '/house.yaml': { ...house, id: '/house.yaml' } };

const withCharters = (): FakeService =>
  fake(charters, { current: (id) => byId[id], resolve: (file) => Promise.resolve(byId[file ?? 'default'] ?? charter()) });

function withStore(events: StoredEvent[]): FakeService {
  return fake(store, {
    transact: (operations) =>
      Promise.resolve(
        operations.map((operation) => {
          const { stream, type, at = 0, key = null, data } = operation as unknown as NewStoredEvent;
          events.push({ seq: events.length + 1, stream, type, at, key, data });
          return events.length;
        }),
      ),
    events: ({ newestFirst = false } = {}) => Promise.resolve(newestFirst ? events.slice(-1) : events),
  });
}

async function start(config: Record<string, unknown> = {}, services: readonly FakeService[] = []) {
  const kit = await testPlugin(plugin, {
    manifest: MANIFEST,
    config,
    services: [withCharters(), ...services],
    env: { HOME: '/home/agent' },
  });
  onTestFinished(async () => {
    const { open, errors } = await kit.stop();
    expect({ open, errors }).toEqual({ open: [], errors: [] });
  });
  return { kit, service: kit.use(policy) };
}

const bash = (command: string, session = {}) => preCommand({ input: { command }, session: { cwd: '/nowhere/project', ...session } });

describe('the tap', () => {
  it('objects to what the built-in rules refuse, and to nothing else', async () => {
    const { kit } = await start();
    expect(await kit.fire('pre-command', bash('npm test'))).toEqual([]);
    expect(await kit.fire('pre-command', bash('rm -rf /'))).toMatchObject([
      { plugin: '@vp/policy', level: 'deny', rule: 'delete.outside-workspace', instead: expect.any(String) },
    ]);
  });

  it("goes by the session's charter", async () => {
    const { kit } = await start();
    const push = (id: string) => kit.fire('pre-command', bash('git push origin topic', { charter: id }));
    expect(await push('default')).toEqual([]);
    expect(await push('/house.yaml')).toMatchObject([{ level: 'ask', rule: 'requiredApprovals' }]);
    expect(await push('/gone.yaml')).toMatchObject([{ level: 'deny', rule: 'charter.missing' }]);
    expect(await kit.fire('pre-command', bash('npm publish', { charter: '/house.yaml' }))).toEqual([]);
  });

  it('knows the folder of the call from the folder of the session', async () => {
    const { kit } = await start();
    expect(await kit.fire('pre-command', { ...bash('rm -rf lib'), cwd: '/usr' })).toMatchObject([{ level: 'deny' }]);
  });
});

describe('the service', () => {
  it('analyses, judges and explains', async () => {
    const { service } = await start();
    const call = { tool: 'Bash', input: { command: "bash -c 'git push -f'" }, cwd: '/nowhere/project' };
    const facts = service.analyse(call);
    expect(facts.effects.map(({ op }) => op)).toContain('git.push-force');
    expect(service.judge({ ...call, facts })).toMatchObject({ verdict: 'deny', rule: 'git.force-push' });
    expect(service.explain(call).brief).toContain('Denied by git.force-push');
  });

  it('never throws, whatever it is given', async () => {
    const { service } = await start();
    for (const input of [{}, { command: ['rm', '-rf', '/'] }, { command: null }, { command: '$((' }, { command: '\u0000' }])
      expect(service.judge({ tool: 'Bash', input, cwd: '/x' }).verdict).not.toBe('allow');
  });
});

describe('the decision log', () => {
  it("keeps a session's verdicts, and not what is only explained", async () => {
    const events: StoredEvent[] = [];
    const { service } = await start({}, [withStore(events)]);
    const call = { tool: 'Bash', input: { command: 'npm test' }, cwd: '/nowhere/project', sessionId: 's', callId: 'c' };
    service.explain(call);
    service.judge(call);
    service.judge({ ...call, input: { command: 'sudo x' } });
    await vi.waitFor(() => expect(events).toHaveLength(2), { timeout: 20_000 });
    expect(events.map(({ data }) => (data as { verdict: string }).verdict)).toEqual(['allow', 'deny']);
    expect(await verify(({ after }) => Promise.resolve(events.filter(({ seq }) => seq > after)))).toMatchObject({
      records: 2,
      broken: null,
    });
  });

  it('is not kept where the option says so, and missed where there is no store', async () => {
    const events: StoredEvent[] = [];
    const { service } = await start({ logDecisions: false }, [withStore(events)]);
    service.judge({ tool: 'Bash', input: { command: 'ls' }, cwd: '/x', sessionId: 's' });
    await new Promise((resolve) => void setImmediate(resolve));
    expect(events).toEqual([]);
    const { kit } = await start();
    expect(kit.log.map(({ message }) => message).join()).toContain('no decision log');
  });
});

describe('a charter that is tried out', () => {
  it('is heard and changes nothing', async () => {
    const { kit, service } = await start({ shadowCharter: '/house.yaml' });
    const call = { tool: 'Bash', input: { command: 'git push origin topic' }, cwd: '/nowhere/project', sessionId: 's' };
    await vi.waitFor(
      () => {
        expect(service.judge(call).verdict).toBe('allow');
        expect(kit.log.some(({ message }) => message.includes('tried out decides otherwise'))).toBe(true);
      },
      { timeout: 20_000 },
    );
  });
});
