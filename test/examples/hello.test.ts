import { readFileSync } from 'node:fs';
import { sessionEnd, sessionStart, testPlugin } from '@vp/sdk/testing';
import { expect, it } from 'vitest';
import hello from '../../examples/hello/hello.ts';

it('greets each session and says goodbye, in no more than 20 lines', async () => {
  const plugin = await testPlugin(hello);
  plugin.fire('session-start', sessionStart({ pid: 7 }));
  plugin.fire('session-end', sessionEnd({ state: 'failed' }));
  expect(plugin.log).toEqual([
    { level: 'info', plugin: 'hello', message: 'hello, default in /project', fields: { pid: 7 } },
    { level: 'info', plugin: 'hello', message: 'goodbye, default: failed', fields: {} },
  ]);
  expect(await plugin.stop()).toMatchObject({ open: [], errors: [] });
  const source = readFileSync(new URL('../../examples/hello/hello.ts', import.meta.url), 'utf8');
  expect(source.trimEnd().split('\n').length).toBeLessThanOrEqual(20);
});
