import { test } from 'vitest';
import { allPrograms } from './suite.ts';
import { Fixture } from './fixture.ts';
import { HostileKernel } from './kernel.ts';
import { pause } from './loop.ts';
test('dbg', async () => {
  const program = allPrograms().find((p) => p.name === process.env['DBG']);
  if (!program) throw new Error('none');
  const f = new Fixture({ swap: false });
  const h = new HostileKernel(f, [{ program, variant: { when: 'load', as: 'code' } }]);
  await h.kernel.start();
  for (let i = 0; i < 12; i++) {
    const r = h.row(h.names[0] ?? '');
    process.stdout.write(JSON.stringify({ s: r?.state, cpu: r?.cpuMs, mem: r?.memoryBytes, k: r?.kills, d: r?.dropped, told: h.told.get(h.names[0] ?? '')?.length, lines: h.lines.get(h.names[0] ?? '')?.length }) + '\n');
    await pause(500);
  }
  await h.stop();
  await f.remove();
}, 60000);
