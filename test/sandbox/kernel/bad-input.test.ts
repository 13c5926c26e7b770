/** Plugins that cannot be: a clear error before any of their code runs, and everything else running on. */
import { describe, expect, it } from 'vitest';
import { DEADLINES, eventually, refusing, Sandboxed, source } from './support.ts';

interface Case {
  readonly title: string;
  /** The text of `bad.ts`. `heard` in it tells the test that it ran. */
  readonly text?: string;
  /** Writes the plugin where it is more than that; gives what the config says. */
  readonly lay?: (here: Sandboxed) => string;
  readonly grant?: object;
  /** What it goes by. Default: `bad`. */
  readonly name?: string;
  readonly code: string;
  readonly says: RegExp;
  /** The file that the error names, in the world. */
  readonly file: string;
}

const RAN = `globalThis.heard('ran');`;
const plugin = (body: string, head = ''): string => source('bad', body, `${RAN} ${head}`);
/** The same in plain JavaScript. */
const PACKED = `hooks: { 'pre-command': () => ({ level: 'deny', reason: 'mended' }) }`;
const asking = (permissions: string): string => plugin(`permissions: ${permissions}, ${refusing('ran')}`);

const CASES: readonly Case[] = [
  {
    title: 'an unknown key in its manifest',
    text: plugin(`permisions: { kv: true }, ${refusing('ran')}`),
    code: 'VP_SANDBOX_MANIFEST',
    says: /permisions/,
    file: 'bad.ts',
  },
  {
    title: 'a permission that does not exist',
    text: asking(`{ shell: true }`),
    code: 'VP_PERMISSION_INVALID',
    says: /shell/,
    file: 'bad.ts',
  },
  {
    title: 'a pattern of origins in what it asks for',
    text: asking(`{ net: ['https://*'] }`),
    code: 'VP_PERMISSION_INVALID',
    says: /https:\/\/\*[^]*no patterns|no patterns[^]*https:\/\/\*/,
    file: 'bad.ts',
  },
  {
    title: 'a pattern of origins in its grant',
    text: plugin(refusing('ran')),
    grant: { net: ['https://*'] },
    code: 'VP_GRANT_INVALID',
    says: /no patterns/,
    file: 'vp.config.json',
  },
  { title: 'an absolute path', text: asking(`{ fs: { read: ['/etc'] } }`), code: 'VP_PERMISSION_INVALID', says: /\/etc/, file: 'bad.ts' },
  {
    title: 'a path with `..`',
    text: asking(`{ fs: { read: ['data/../..'] } }`),
    code: 'VP_PERMISSION_INVALID',
    says: /\.\./,
    file: 'bad.ts',
  },
  {
    title: 'a path with `..` in its grant',
    text: plugin(refusing('ran')),
    grant: { fs: { write: ['../elsewhere'] } },
    code: 'VP_GRANT_INVALID',
    says: /\.\./,
    file: 'vp.config.json',
  },
  {
    title: 'an import of node:fs',
    text: plugin(refusing('ran'), `import { readFileSync } from 'node:fs'; globalThis.heard(String(readFileSync));`),
    code: 'VP_SANDBOX_BUILTIN',
    says: /bad\.ts → node:fs/,
    file: 'bad.ts',
  },
  {
    title: 'a package that imports node:net',
    lay(here) {
      here.world.write('lib/node_modules/wires/package.json', JSON.stringify({ name: 'wires', version: '1.0.0', main: 'index.js' }));
      here.world.write('lib/node_modules/wires/index.js', `require('./deep.js');`);
      here.world.write('lib/node_modules/wires/deep.js', `exports.net = require('node:net');`);
      here.world.write('lib/bad.ts', plugin(refusing('ran'), `import 'wires';`));
      return './lib/bad.ts';
    },
    code: 'VP_SANDBOX_BUILTIN',
    says: /bad\.ts → .*wires.* → .*deep\.js → node:net/,
    file: 'lib/bad.ts',
  },
  {
    title: 'an await at the top level that never ends',
    text: plugin(refusing('ran'), `await new Promise(() => undefined);`),
    code: 'VP_SANDBOX_SYNTAX',
    says: /bad\.ts:\d+:\d+.*top level/,
    file: 'bad.ts',
  },
  {
    title: '50 MB of source',
    text: plugin(refusing('ran'), `/* ${'x'.repeat(50 * 1024 * 1024)} */`),
    code: 'VP_SANDBOX_SIZE',
    says: /50(?:\.\d)? MB/,
    file: 'bad.ts',
  },
  {
    title: 'the name that another plugin has',
    text: source('good', refusing('ran'), RAN),
    // It goes by what the config calls it, since its own name is taken.
    name: './bad.ts',
    code: 'VP_PLUGIN_DUPLICATE',
    says: /two plugins are named "good"[^]*good\.ts[^]*bad\.ts/,
    file: 'bad.ts',
  },
  { title: 'a newer SDK', text: plugin(`sdk: '99.0', ${refusing('ran')}`), code: 'VP_SANDBOX_SDK', says: /99\.0/, file: 'bad.ts' },
  {
    title: 'no default export',
    text: `${RAN} export const bad = 1;`,
    code: 'VP_SANDBOX_NO_PLUGIN',
    says: /default export/,
    file: 'bad.ts',
  },
  {
    title: 'a manifest that only running it could tell',
    text: plugin(`permissions: globalThis.heard('ran'), ${refusing('ran')}`),
    code: 'VP_SANDBOX_MANIFEST',
    says: /bad\.ts:\d+:\d+: permissions/,
    file: 'bad.ts',
  },
  {
    title: 'a plugin.json that is no JSON',
    lay(here) {
      here.pack('packs', { name: 'bad' }, '1.0.0', PACKED);
      here.world.write('packs/bad/plugin.json', '{ "name": "bad", ');
      return './packs/bad';
    },
    code: 'VP_MANIFEST_INVALID',
    says: /JSON/,
    file: 'packs/bad/plugin.json',
  },
  {
    title: 'a service that nobody provides',
    text: plugin(`needs: ['nobody@1'], ${refusing('ran')}`),
    code: 'VP_GRAPH_MISSING',
    says: /nobody@1/,
    file: 'bad.ts',
  },
];

/** A config file with a plugin of the kernel's, a good policy, and one more. */
function configure(here: Sandboxed, entry: object): void {
  const plugins = [here.world.firer('pre-command'), './good.ts', entry];
  here.world.save('vp.config.json', JSON.stringify({ plugins, deadlines: DEADLINES, reload: { debounceMs: 0 } }));
}

function layOut(here: Sandboxed, { text, lay }: Case): string {
  if (text !== undefined) here.world.write('bad.ts', text);
  return lay?.(here) ?? './bad.ts';
}

describe('a plugin with', () => {
  it.each(CASES)('$title does not run, and mending it is enough', async (one) => {
    const here = new Sandboxed();
    const use = layOut(here, one);
    const { name = 'bad', grant, code, says, file } = one;
    here.file('good', refusing('good'));
    configure(here, { use, ...(grant && { grant }) });
    await here.start('vp.config.json');
    expect(here.refused).toHaveLength(1);
    const [refusal] = here.refused;
    expect(refusal).toMatchObject({ plugin: name, code, file: here.world.path(file) });
    expect(refusal?.message).toMatch(says);
    expect(refusal?.hint?.length).toBeGreaterThan(10);
    const row = here.row(name);
    expect(row).toMatchObject({ state: 'failed', tier: 'sandboxed', memoryBytes: null });
    expect(row.lastError).toContain(refusal?.message);
    expect(row.pending).toContain(refusal?.file);
    expect(row.pending).toContain(refusal?.hint);
    expect(await here.reasons()).toEqual(['good deny: good']);
    expect(here.row('good')).toMatchObject({ state: 'active', errors: 0 });

    mend(here, use, grant !== undefined);
    await eventually(async () => expect(await here.reasons()).toEqual(['good deny: good', 'bad deny: mended']));
    expect(here.row('bad')).toMatchObject({ state: 'active', pending: null });
    expect(here.kernel.status().plugins.map((known) => known.name)).toEqual(['firer', 'good', 'bad']);
    expect(here.heard).toEqual([]);
  });
});

/** Brings a plugin in order, and what the config grants it. */
function mend(here: Sandboxed, use: string, isGranted: boolean): void {
  if (use.endsWith('/bad')) here.pack('packs', { name: 'bad', permissions: { hooks: ['pre-command'] } }, '1.0.0', PACKED);
  else here.world.save(use.replace('./', ''), source('bad', refusing('mended')));
  if (isGranted) configure(here, { use });
}

describe('a new version with any of that', () => {
  it('is refused at a reload, and the old one runs on', async () => {
    const here = new Sandboxed();
    const plugins = [here.world.firer('pre-command'), here.file('good', refusing('good')), here.file('bad', refusing('old'))];
    const kernel = await here.start({ plugins });
    const cases = CASES.filter(({ text, grant }) => text !== undefined && grant === undefined);
    for (const one of cases) {
      layOut(here, one);
      const [outcome] = await kernel.reload('bad');
      const error = { code: one.code, file: here.world.path(one.file) };
      expect(outcome, one.title).toMatchObject({ plugin: 'bad', result: 'refused', error });
      expect(here.row('bad')).toMatchObject({ state: 'active', generation: 1 });
      expect(here.row('bad').pending).toMatch(one.says);
      expect(await here.reasons()).toEqual(['good deny: good', 'bad deny: old']);
    }
    expect(here.row('bad').errors).toBe(cases.length);
    expect(here.heard).toEqual([]);
  });
});
