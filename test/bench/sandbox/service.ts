// A kernel in a process of its own, with the plugins that are named: says that it is ready, then, for each line that it is given, which
// processes they have. The first argument is a folder as `pluginFolder` lays it out.
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { createKernel } from '@vp/kernel';
import { hostProcesses } from '../../hostile/processes.ts';

const [baseDir = '', ...names] = process.argv.slice(2);
const plugins = names.map((name) => `./${name}.ts`);
const kernel = createKernel({ plugins, reload: { watch: false } }, { home: join(dirname(baseDir), 'state'), baseDir });

await kernel.start();
if (kernel.status().plugins.some(({ state }) => state !== 'active')) throw new Error('a plugin did not start');
console.log('ready');
for await (const _line of createInterface({ input: process.stdin })) {
  globalThis.gc?.();
  console.log(JSON.stringify(hostProcesses()));
}
await kernel.stop();
