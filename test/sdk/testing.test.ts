import { createServer } from 'node:net';
import { ask, charters, definePlugin, defineService, deny, sessions, type PluginDefinition } from '@vp/sdk';
import { fake, onOutput, postCommand, preCommand, preEdit, preSpawn, sessionStart, testPlugin } from '@vp/sdk/testing';
import { describe, expect, it } from 'vitest';

const noRm = definePlugin({
  name: 'no-rm',
  hooks: {
    'pre-command'(call) {
      if (String(call.input['command']).startsWith('rm')) return deny('No rm');
    },
  },
});

interface Clock {
  now(): number;
}
const clock = defineService<Clock, { tick: number }>('clock', { version: 1, methods: { now: {} }, events: ['tick'] });

describe('a plugin in the test kit', () => {
  it('answers a hook, and its answer bears its name', async () => {
    const plugin = await testPlugin(noRm);
    expect(await plugin.fire('pre-command', preCommand({ input: { command: 'rm x' } }))).toEqual([
      { level: 'deny', reason: 'No rm', plugin: 'no-rm' },
    ]);
    expect(await plugin.fire('pre-command', preCommand())).toEqual([]);
    expect(plugin.taps).toMatchObject([{ hook: 'pre-command', plugin: 'no-rm', order: 'normal', calls: 2, errors: 0 }]);
    expect(await plugin.stop()).toEqual({ ended: ['tap pre-command'], errors: [], open: [] });
    expect(plugin.taps).toEqual([]);
  });

  it('is given a frozen payload, and its own context', async () => {
    const plugin = await testPlugin(
      definePlugin({
        name: 'meddler',
        hooks: {
          'pre-command'(call, ctx) {
            (call.input as Record<string, unknown>)['command'] = `changed by ${ctx.name}`;
          },
        },
      }),
    );
    const [finding] = await plugin.fire('pre-command', preCommand());
    expect(finding).toMatchObject({
      level: 'deny',
      rule: 'tap-failed',
      plugin: 'meddler',
      reason: expect.stringContaining('read only') as string,
    });
    expect(plugin.log.map((line) => `${line.level} ${line.plugin}`)).toEqual(['warn meddler']);
  });

  it('looks at what only observers see, and what it throws there stops nobody', async () => {
    const seen: string[] = [];
    const plugin = await testPlugin(
      definePlugin({
        name: 'observer',
        hooks: {
          'on-output': (batch) => void seen.push(batch.events.map((event) => event.text).join('')),
          'session-start'() {
            throw new Error('oh');
          },
        },
      }),
    );
    expect(plugin.fire('on-output', onOutput([{ text: 'a' }, { text: 'b' }]))).toBeUndefined();
    expect(plugin.fire('session-start', sessionStart())).toBeUndefined();
    expect(seen).toEqual(['ab']);
    expect(plugin.log.at(-1)?.message).toBe('tap of session-start: oh');
  });

  it('has options with the defaults of its schema, values, files, environment and a log', async () => {
    const plugin = await testPlugin(
      definePlugin<{ limit: number; deep: { a: number } }>({
        name: 'reader',
        config: {
          type: 'object',
          properties: {
            limit: { type: 'number', default: 3 },
            deep: { type: 'object', default: {}, properties: { a: { type: 'number', default: 1 } } },
          },
        },
        async setup(ctx) {
          ctx.log.info({ limit: ctx.config.limit, deep: ctx.config.deep }, 'ready');
          await ctx.kv.set('seen', [
            await ctx.kv.get('before'),
            ctx.env.get('TOKEN'),
            await ctx.fs.readText('./notes/a.md'),
            await ctx.fs.list('notes'),
          ]);
          await ctx.fs.writeText('out.txt', 'done');
        },
      }),
      { kv: { before: 7 }, env: { TOKEN: 't' }, files: { 'notes/a.md': 'A' } },
    );
    expect(plugin.log).toEqual([{ level: 'info', plugin: 'reader', message: 'ready', fields: { limit: 3, deep: { a: 1 } } }]);
    expect(plugin.kv.get('seen')).toEqual([7, 't', 'A', ['a.md']]);
    expect(plugin.files.get('out.txt')).toBe('done');
    await expect(plugin.ctx.fetch('http://127.0.0.1/')).rejects.toThrow('tests do not use the network');
  });

  it('uses fakes of services, and hears their events', async () => {
    const heard: number[] = [];
    const user = definePlugin({ name: 'user', needs: ['clock@1'], setup: (ctx) => void ctx.use(clock).on('tick', (n) => heard.push(n)) });
    await expect(testPlugin(user)).rejects.toMatchObject({ code: 'VP_GRAPH_MISSING' });
    const plugin = await testPlugin(user, { services: [fake(clock, { now: () => 5 })] });
    const { emit, withdraw } = plugin.provide(clock, { now: () => 6 });
    emit('tick', 1);
    expect(heard).toEqual([1]);
    expect(plugin.use(clock).now()).toBe(6);
    withdraw();
    expect(() => plugin.use(clock).now()).toThrow(expect.objectContaining({ code: 'VP_SERVICE_UNAVAILABLE' }));
    expect(() => plugin.ctx.use(sessions)).toThrow(expect.objectContaining({ code: 'VP_SERVICE_UNDECLARED' }));
    plugin.provide(charters, {});
    expect(() => plugin.use(charters).current('x')).toThrow('has no method current');
  });

  it('discovers every service where it says so, now and later, and nothing after its end', async () => {
    const found: string[] = [];
    const finder = definePlugin({ name: 'finder', discovers: true, setup: (ctx) => void ctx.discover((ref) => found.push(ref.id)) });
    const plugin = await testPlugin(finder, { services: [fake(clock, { now: () => 1 })] });
    plugin.provide(sessions, {});
    plugin.provide(sessions, {});
    expect(found).toEqual(['clock', 'sessions']);
    expect((await plugin.stop()).ended).toEqual(['discover']);
    plugin.provide(charters, {});
    expect(found).toHaveLength(2);
    await expect(testPlugin({ ...finder, discovers: false })).rejects.toMatchObject({ code: 'VP_SERVICE_UNDECLARED' });
  });

  it('stands beside others: services, hooks and order', async () => {
    const provider = await testPlugin(
      definePlugin({
        name: 'provider',
        provides: ['clock@1'],
        hooks: { 'pre-command': () => ask('provider') },
        setup: (ctx) => void ctx.provide(clock, { now: () => 1 }),
      }),
    );
    const user = definePlugin({
      name: 'user',
      needs: ['clock@1'],
      hooks: { 'pre-command': { order: 'pre', handler: (_call, ctx) => ask(`user at ${ctx.use(clock).now()}`) } },
    });
    await testPlugin(user, { beside: provider });
    expect((await provider.fire('pre-command', preCommand())).map((finding) => finding.reason)).toEqual(['user at 1', 'provider']);
    const unknown = definePlugin({ name: 'third', hooks: { 'pre-command': { after: ['nobody'], handler: () => undefined } } });
    await expect(testPlugin(unknown, { beside: provider })).rejects.toMatchObject({ code: 'VP_AFTER_UNKNOWN' });
    expect((await provider.fire('pre-command', preCommand())).length).toBe(2);
  });

  it('hands its snapshot over in a reload, and goes on where the new version fails', async () => {
    const version = (name: string) =>
      definePlugin({
        name: 'counter',
        version: name,
        setup(ctx) {
          if (name === 'broken') throw new Error('no');
          const counter = { n: Number((ctx.previous?.state as { n?: number } | undefined)?.n ?? 0) };
          ctx.hook('post-command', () => void (counter.n += 1));
          ctx.snapshot(() => counter);
          ctx.own('thing', () => ctx.log.info(`${name} ended at ${counter.n}`));
        },
      });
    const plugin = await testPlugin(version('1'));
    plugin.fire('post-command', postCommand());
    await expect(plugin.reload(version('broken'))).rejects.toMatchObject({ code: 'VP_SETUP_FAILED' });
    plugin.fire('post-command', postCommand());
    expect((await plugin.reload(version('2'))).ended).toEqual(['thing', 'tap post-command']);
    expect(plugin.ctx.previous).toEqual({ version: '1', state: { n: 2 } });
    plugin.fire('post-command', postCommand());
    await plugin.stop();
    expect(plugin.log.map((line) => line.message)).toEqual(['1 ended at 2', '2 ended at 3']);
  });

  it('is told when it takes over, and when all have started', async () => {
    const told: string[] = [];
    const plugin = await testPlugin(
      definePlugin({
        name: 'late-riser',
        setup(ctx) {
          ctx.onReady?.(() => told.push('ready'));
          ctx.onActivate(() => told.push('active'));
          told.push('set up');
        },
      }),
    );
    plugin.ctx.onReady?.(() => told.push('at once'));
    expect(told).toEqual(['set up', 'active', 'ready', 'at once']);
  });

  it('shows what it leaves behind when it is stopped', async () => {
    let timer: NodeJS.Timeout | undefined;
    const plugin = await testPlugin(
      definePlugin({
        name: 'messy',
        setup(ctx) {
          timer = setInterval(() => undefined, 1_000);
          ctx.setInterval(() => undefined, 1_000);
          ctx.own('stubborn', () => Promise.reject(new Error('stays')));
        },
      }),
    );
    const report = await plugin.stop();
    clearInterval(timer);
    expect(report).toEqual({ ended: ['interval 1000 ms'], errors: [{ label: 'stubborn', why: 'stays' }], open: ['timer'] });
  });

  it('keeps a shared value over a reload, and ends it with the last holder', async () => {
    const ended: string[] = [];
    const plugin = definePlugin({
      name: 'server',
      async setup(ctx) {
        const server = ctx.shared(
          'server',
          () => createServer(),
          (one) => new Promise<void>((resolve) => one.close(() => (ended.push('closed'), resolve()))),
        );
        if (!server.listening) await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
      },
    });
    const running = await testPlugin(plugin);
    await running.reload(plugin);
    expect(ended).toEqual([]);
    expect(await running.stop()).toMatchObject({ ended: ['shared server'], open: [] });
    expect(ended).toEqual(['closed']);
  });

  it('refuses what the real kernel refuses', async () => {
    const unknownHook: PluginDefinition = { name: 'a', hooks: JSON.parse('{ "pre-commnd": 1 }') as object };
    await expect(testPlugin(unknownHook)).rejects.toMatchObject({ code: 'VP_HOOK_UNKNOWN' });
    await expect(testPlugin(definePlugin({ name: 'a', provides: ['clock@1'] }))).rejects.toMatchObject({ code: 'VP_SERVICE_MISSING' });
    const firing = await testPlugin(definePlugin({ name: 'a', fires: ['pre-edit'] }));
    firing.ctx.fire('pre-edit', preEdit());
    expect(() => firing.ctx.fire('pre-spawn', preSpawn())).toThrow(expect.objectContaining({ code: 'VP_HOOK_NOT_FIRED' }));
    await expect(testPlugin(definePlugin({ name: 'a' }), { beside: firing })).rejects.toMatchObject({ code: 'VP_PLUGIN_DUPLICATE' });
  });
});
