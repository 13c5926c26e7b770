/** A policy of one file: sandboxed without another word, the same in both tiers, swapped on save. */
import { describe, expect, it } from 'vitest';
import { DEADLINES, eventually, hostProcesses, next, refusing, Sandboxed, source } from './support.ts';

const RULE = `hooks: { 'pre-command': (call) => (String(call.input['command']).startsWith('rm ') ? deny('rm is not for agents') : undefined) }`;

describe('a file that the config names', () => {
  it('runs sandboxed, and its refusal reaches the verdict', async () => {
    const here = new Sandboxed();
    await here.start({ plugins: [here.world.firer('pre-command'), here.file('no-rm', RULE)] });
    expect(here.row('no-rm')).toMatchObject({ tier: 'sandboxed', state: 'active', generation: 1, lastError: null });
    expect(await here.ask('rm -rf /')).toEqual([{ plugin: 'no-rm', level: 'deny', reason: 'rm is not for agents' }]);
    expect(await here.ask('ls')).toEqual([]);
    expect(here.row('no-rm')).toMatchObject({ calls: 2, errors: 0, kills: [], quarantined: null });
    expect(here.row('no-rm').memoryBytes).toBeGreaterThan(0);
  });

  it('says the same with the trust of the kernel', async () => {
    const here = new Sandboxed();
    const use = here.file('no-rm', RULE);
    await here.start({ plugins: [here.world.firer('pre-command'), { use, trust: 'kernel' }] });
    expect(here.row('no-rm')).toMatchObject({ tier: 'kernel', permissions: null, memoryBytes: null });
    expect(await here.ask('rm -rf /')).toEqual([{ plugin: 'no-rm', level: 'deny', reason: 'rm is not for agents' }]);
    expect(await here.ask('ls')).toEqual([]);
  });
});

/** A kernel that watches, with a policy `p`; `auto` is the rule of services, under which no code of the kernel's trust applies itself. */
async function watching(here: Sandboxed, body: string): Promise<void> {
  const plugins = [here.world.firer('pre-command'), here.file('p', body)];
  await here.start({ plugins, reload: { auto: 'never', debounceMs: 0 } });
}

describe('a save', () => {
  it('swaps the policy where code of the kernel waits for a person', async () => {
    const here = new Sandboxed();
    await watching(here, refusing('one'));
    expect(await here.reasons()).toEqual(['p deny: one']);
    const reloaded = next(here.kernel, 'reload');
    here.world.save('p.ts', source('p', refusing('two')));
    expect(await reloaded).toMatchObject({ plugin: 'p', result: 'swapped', generation: 2 });
    expect(await here.reasons()).toEqual(['p deny: two']);
    expect(here.kernel.status().staged).toEqual([]);
  });

  it('that does not compile changes nothing, and the next one counts', async () => {
    const here = new Sandboxed();
    await watching(here, refusing('one'));
    const refused = next(here.kernel, 'reload');
    here.world.save('p.ts', 'export default definePlugin({');
    expect(await refused).toMatchObject({
      plugin: 'p',
      result: 'refused',
      error: { code: 'VP_SANDBOX_SYNTAX', file: here.world.path('p.ts') },
    });
    expect(await here.reasons()).toEqual(['p deny: one']);
    expect(here.row('p')).toMatchObject({ state: 'active', generation: 1 });
    expect(here.row('p').pending).toContain('does not compile');

    const mended = next(here.kernel, 'reload');
    here.world.save('p.ts', source('p', refusing('two')));
    expect(await mended).toMatchObject({ result: 'swapped' });
    expect(await here.reasons()).toEqual(['p deny: two']);
    expect(here.row('p').pending).toBeNull();
  });

  it('that asks for more waits until the config grants it; one that asks for less does not', async () => {
    const here = new Sandboxed();
    const config = (grant: object): void => {
      const plugins = [here.world.firer('pre-command'), { use: './p.ts', ...grant }];
      here.world.save('vp.config.json', JSON.stringify({ plugins, deadlines: DEADLINES, reload: { debounceMs: 0 } }));
    };
    here.file('p', refusing('one'));
    config({});
    await here.start('vp.config.json');
    const asking = (net: string, reason: string): string => source('p', `permissions: { net: [${net}] }, ${refusing(reason)}`);

    const waits = next(here.kernel, 'reload');
    here.world.save('p.ts', asking(`'https://api.acme.dev'`, 'two'));
    expect(await waits).toMatchObject({ result: 'refused', error: { code: 'VP_GRANT_MISSING' } });
    expect(await here.reasons()).toEqual(['p deny: one']);
    expect(here.row('p')).toMatchObject({ state: 'active', generation: 1 });
    expect(here.row('p').pending).toContain('https://api.acme.dev');
    expect(here.row('p').permissions?.net).toBeUndefined();

    const granted = next(here.kernel, 'config-applied');
    config({ grant: { net: ['https://api.acme.dev'] } });
    await granted;
    await eventually(async () => expect(await here.reasons()).toEqual(['p deny: two']));
    expect(here.row('p')).toMatchObject({ state: 'active', pending: null, permissions: { net: ['https://api.acme.dev'] } });

    // The config's change may have been followed by a reload that changed nothing.
    const narrower = next(here.kernel, 'reload', ({ result }) => result !== 'unchanged');
    here.world.save('p.ts', asking('', 'three'));
    expect(await narrower).toMatchObject({ result: 'swapped' });
    expect(await here.reasons()).toEqual(['p deny: three']);
    // A file that is saved while it is read may be read once more.
    await eventually(() => expect(here.row('p').permissions?.net).toBeUndefined());
  });

  it('that adds a hook goes through: its file has all hooks', async () => {
    const here = new Sandboxed();
    await watching(here, refusing('one'));
    const reloaded = next(here.kernel, 'reload');
    here.world.save('p.ts', source('p', `hooks: { 'pre-command': () => deny('two'), 'budget-check': () => 'warn' }`));
    expect(await reloaded).toMatchObject({ result: 'swapped' });
    expect(Object.keys(here.row('p').hooks)).toEqual(['pre-command', 'budget-check']);
  });
});

describe('a changed config', () => {
  it('that names a policy which cannot be, and one which can, starts that one and says what is wrong with the other', async () => {
    const here = new Sandboxed();
    const configure = (...policies: string[]): void => {
      const plugins = [here.world.firer('pre-command'), ...policies];
      here.world.save('vp.config.json', JSON.stringify({ plugins, deadlines: DEADLINES, reload: { debounceMs: 0 } }));
    };
    here.file('p', refusing('p'));
    here.file('q', refusing('q'));
    here.file('bad', `setup() { throw new Error('not today'); }`);
    configure('./p.ts');
    await here.start('vp.config.json');
    const applied = next(here.kernel, 'config-applied');
    configure('./p.ts', './bad.ts', './q.ts');
    await applied;
    expect(await here.reasons()).toEqual(['p deny: p', 'q deny: q']);
    expect(here.row('bad')).toMatchObject({ state: 'failed', pending: expect.stringContaining('not today') });
    expect(here.row('p')).toMatchObject({ generation: 1, errors: 0 });

    const without = next(here.kernel, 'config-applied');
    configure('./q.ts');
    await without;
    await eventually(() => expect(hostProcesses()).toHaveLength(1));
    expect(await here.reasons()).toEqual(['q deny: q']);
  });
});
