/** In a process of its own with little memory: reloads one plugin of five files many times and prints the heap on the way, as JSON. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setImmediate as turn } from 'node:timers/promises';
import { createKernel } from '../../kernel/core/kernel.ts';

const [dir = '', times = '1'] = process.argv.slice(2);
const count = Number(times);
const marks: number[] = [];
const kept: WeakRef<object>[] = [];
Object.assign(globalThis, { keepTrack: (thing: object) => kept.push(new WeakRef(thing)) });

for (const part of ['a', 'b', 'c', 'd'])
  writeFileSync(join(dir, `${part}.ts`), `export const ${part}: number[] = Array.from({ length: 2000 }, (_, n) => n);\n`);

function write(n: number): void {
  writeFileSync(
    join(dir, 'plugin.ts'),
    `import { definePlugin } from '@vp/sdk'; import { a } from './a.ts'; import { b } from './b.ts'; import { c } from './c.ts'; import { d } from './d.ts';
globalThis.keepTrack(a);
export default definePlugin({ name: 'p', hooks: { 'pre-command'() { return a.length + b.length + c.length + d.length > ${n} ? undefined : undefined; } },
  setup(ctx) { ctx.setInterval(() => undefined, 1000); ctx.snapshot(() => ${n}); ctx.shared('x', () => 1); ctx.own('y', () => undefined); } });\n`,
  );
}

/** Megabytes of heap once nothing is left to collect. */
async function heapMb(): Promise<number> {
  for (let n = 0; n < 3; n += 1) {
    await turn();
    globalThis.gc?.();
  }
  return process.memoryUsage().heapUsed / 1_048_576;
}

write(0);
const config = { plugins: [{ use: './plugin.ts', trust: 'kernel' as const }], reload: { watch: false } };
const kernel = createKernel(config, { home: join(dir, '.home'), baseDir: dir, env: {} });
await kernel.start();
for (let n = 1; n <= count; n += 1) {
  write(n);
  const [outcome] = await kernel.reload('p');
  if (outcome?.result !== 'swapped') throw new Error(`reload ${n}: ${JSON.stringify(outcome)}`);
  if (n % (count / 5) === 0) marks.push(await heapMb());
}
const alive = kept.filter((ref) => ref.deref() !== undefined).length;
const rssMb = process.memoryUsage().rss / 1_048_576;
await kernel.stop();
console.log(JSON.stringify({ marks, alive, loads: kept.length, rssMb }));
