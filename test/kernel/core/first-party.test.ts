/** VP's own plugins stand what is asked of everybody's: reloaded fifty times each, with all of them loaded. */
import { appendFileSync, cpSync, existsSync, readFileSync, symlinkSync } from 'node:fs';
import { basename, join } from 'node:path';
import { charters } from '@vp/sdk';
import { describe, expect, it } from 'vitest';
import { eventually, world, type World } from '../support.ts';

const root = join(import.meta.dirname, '../../..');
const { plugins } = JSON.parse(readFileSync(join(root, 'kernel/first-party.json'), 'utf8')) as { plugins: { name: string }[] };
const names = plugins.map((plugin) => plugin.name);
const OPTIONS: Readonly<Record<string, object>> = { '@vp/claude': { canary: false } };

/** A copy that the test may edit; gives its entry in the config. */
function copy(here: World, name: string): { use: string; trust: 'kernel'; config: Record<string, unknown> } {
  const from = join(root, 'plugins', basename(name));
  const use = `./plugins/${basename(name)}`;
  cpSync(from, here.path(use), { recursive: true, filter: (path) => basename(path) !== 'node_modules' });
  if (existsSync(join(from, 'node_modules'))) symlinkSync(join(from, 'node_modules'), here.path(`${use}/node_modules`));
  return { use, trust: 'kernel', config: { ...OPTIONS[name] } };
}

/** What this process holds open, by kind: watchers, sockets, children. */
function resources(): string[] {
  return process
    .getActiveResourcesInfo()
    .filter((kind) => /Event|Server|TCP|Process|Stat/.test(kind))
    .toSorted();
}

it('the kernel takes them for its own where they are installed with it', async () => {
  const here = world();
  const kernel = await here.start(
    { plugins: names.map((name) => [name, { ...OPTIONS[name] }]), reload: { watch: false } },
    { env: { PATH: process.env['PATH'], HOME: here.dir } },
  );
  expect(kernel.status().plugins.map((one) => [one.tier, one.state])).toEqual(names.map(() => ['first-party', 'active']));
});

describe.each(names)('%s', (name) => {
  it('is replaced fifty times without a trace while the others run', async () => {
    const here = world();
    const config = { plugins: names.map((one) => copy(here, one)), required: names, reload: { watch: false } };
    const kernel = await here.start(config, { env: { PATH: process.env['PATH'], HOME: here.dir } });
    const rows = () => kernel.status().plugins.map((one) => ({ name: one.name, state: one.state, errors: one.errors, owns: one.owns }));
    const service = kernel.use(charters);
    const before = { rows: rows(), open: [] as string[] };
    for (let n = 1; n <= 50; n += 1) {
      appendFileSync(here.path(`plugins/${basename(name)}/index.ts`), `\nexport const version${n} = ${n};\n`);
      expect(await kernel.reload(name)).toEqual([{ plugin: name, result: 'swapped', generation: n + 1 }]);
      expect(await service.resolve()).toMatchObject({ id: 'default' });
      if (n === 5) before.open = resources();
    }
    expect(rows()).toEqual(before.rows);
    await eventually(() => expect(resources()).toEqual(before.open));
  });
});
