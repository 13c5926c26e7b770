import { afterEach, beforeEach, expect, it } from 'vitest';
import { place, type Place } from '../../support/vp.ts';

let at: Place;

beforeEach(async () => {
  at = await place();
});
afterEach(() => at.remove());

const plugin = (setup: string): string => `import { definePlugin } from '@vp/sdk';
export default definePlugin({ name: 'careless', setup(ctx) { ${setup} } });`;

it('a promise that a plugin forgot does not end the service, and the log names the place', async () => {
  await at.write('careless.ts', plugin(`setTimeout(() => void Promise.reject(new Error('forgotten')), 50);`));
  await at.config({ plugins: [{ use: './careless.ts', trust: 'kernel' }] });
  const run = await at.service();
  await expect.poll(() => run.err(), { timeout: 20_000 }).toMatch(/forgotten.*careless\.ts:2/);
  expect(run.child.exitCode).toBeNull();
  expect((await at.vp(['status'])).code).toBe(0);
});

it('an error that nobody caught is logged before it ends the service', async () => {
  await at.write('careless.ts', plugin(`setTimeout(() => { throw new Error('fatal') }, 50);`));
  await at.config({ plugins: [{ use: './careless.ts', trust: 'kernel' }] });
  const run = at.spawn(['start']);
  await run.ended;
  expect(run.err()).toMatch(/"msg":"an error was thrown[^\n]*/);
  expect(run.child.exitCode).not.toBe(0);
  expect((await at.vp(['status'])).code).toBe(3);
});
