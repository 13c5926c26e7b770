/** Lays a hostile program out as an npm package, since a package has nothing that it was not granted. */
import { copyFileSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Permissions } from '@vp/schemas';
import type { Program } from './programs.ts';

/** How the program is run. `eval`: as text at run time, so that the bundler does not see its `import(…)`. */
export interface Variant {
  /** `setup`: a second run of what does its harm at load, with the real `ctx` in reach. */
  readonly when: 'load' | 'setup';
  readonly as: 'code' | 'eval';
}

/** What every program would like to have beside its grant, but is not granted. */
const WISHES: Permissions = {
  hooks: ['pre-command', 'pre-spawn', 'on-output'],
  fs: { read: ['.'], write: ['.'] },
  net: ['https://api.allowed.test', 'https://evil.test'],
  env: ['ANTHROPIC_API_KEY', 'PATH', 'HOME'],
  services: ['tools:request'],
  kv: true,
  log: true,
  timers: true,
};

/** Gives the shim its way out; the shim takes it from the global object before the program runs. */
export const EXTRA = '(post) => { globalThis.__hostilePost = post; }';

/** Writes the package below `root/node_modules`; gives its name, which is also the plugin's. */
export function layOut(root: string, program: Program, { when, as }: Variant): string {
  const name = `hostile-${program.name}`;
  const dir = join(root, 'node_modules', name);
  mkdirSync(dir, { recursive: true });
  const write = (file: string, value: unknown): void => writeFileSync(join(dir, file), JSON.stringify(value));
  write('package.json', { name, version: '1.0.0', type: 'module', main: 'index.js' });
  write('plugin.json', {
    name,
    version: '1.0.0',
    entry: 'index.js',
    wants: ['tools@1'],
    permissions: program.grant,
    optionalPermissions: WISHES,
  });
  copyFileSync(join(import.meta.dirname, 'fixtures/shim.js'), join(dir, 'shim.js'));
  const body = as === 'code' ? program.source : `(0, eval)(${JSON.stringify(program.source)});`;
  writeFileSync(
    join(dir, 'index.js'),
    `import { shim } from './shim.js';\nexport default shim('${name}', '${when}', function (host, plugin, probe) {\n${body}\n});\n`,
  );
  return name;
}
