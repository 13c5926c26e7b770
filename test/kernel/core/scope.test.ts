/** Ownership: what a scope owns ends with it. */
import { describe, expect, it } from 'vitest';
import { Scope } from '../../../kernel/core/scope.ts';
import { eventually, world } from '../support.ts';

const LIMIT = 10_000;

function scope() {
  const warnings: string[] = [];
  const ended: string[] = [];
  const made = new Scope((message) => void warnings.push(message));
  const own = (label: string) => made.own(label, () => void ended.push(label));
  return { made, own, warnings, ended };
}

describe('a scope', () => {
  it('ends the last first', async () => {
    const { made, own, ended } = scope();
    for (const label of ['a', 'b', 'c']) own(label);
    expect(made.labels).toEqual(['a', 'b', 'c']);
    expect(await made.dispose(LIMIT)).toEqual({ errors: [], stuck: [] });
    expect(ended).toEqual(['c', 'b', 'a']);
    expect(made.labels).toEqual([]);
  });

  it('waits for each before it ends the next', async () => {
    const order: string[] = [];
    const made = new Scope(() => undefined);
    made.own('below', () => void order.push('below'));
    made.own('above', async () => {
      await new Promise((resolve) => setImmediate(resolve));
      order.push('above');
    });
    await made.dispose(LIMIT);
    expect(order).toEqual(['above', 'below']);
  });

  it('ends everything once, however often it is asked', async () => {
    const { made, own, ended } = scope();
    own('a');
    const [first, second] = await Promise.all([made.dispose(LIMIT), made.dispose(LIMIT)]);
    expect(second).toBe(first);
    await made.dispose(LIMIT);
    expect(ended).toEqual(['a']);
  });

  it('tries everything, and gathers what throws', async () => {
    const { made, own, ended } = scope();
    own('a');
    made.own('throws', () => {
      throw new Error('x');
    });
    made.own('rejects', () => Promise.reject(new Error('y')));
    own('d');
    const { errors } = await made.dispose(LIMIT);
    expect(errors.map(({ label, error }) => `${label}: ${String(error)}`)).toEqual(['rejects: Error: y', 'throws: Error: x']);
    expect(ended).toEqual(['d', 'a']);
  });

  it('goes past what does not end within the limit, and names it', async () => {
    const { made, own, ended } = scope();
    own('a');
    made.own('stuck', () => new Promise(() => undefined));
    expect(await made.dispose(5)).toEqual({ errors: [], stuck: ['stuck'] });
    expect(ended).toEqual(['a']);
  });

  it('ends what comes too late at once, and warns', async () => {
    const { made, own, ended, warnings } = scope();
    await made.dispose(LIMIT);
    const undo = own('late');
    await eventually(() => expect(ended).toEqual(['late']));
    expect(warnings).toEqual([expect.stringContaining('"late"')]);
    await undo();
    expect(ended).toEqual(['late']);
    made.own('bad', () => {
      throw new Error('cannot');
    });
    await eventually(() => expect(warnings.at(-1)).toMatch('cannot'));
  });

  it('ends what comes while it is ending', async () => {
    const { made, own, ended } = scope();
    made.own('a', () => void own('from a'));
    await made.dispose(LIMIT);
    await eventually(() => expect(ended).toEqual(['from a']));
  });

  it('gives back an undo that works once and takes the thing out', async () => {
    const { made, own, ended } = scope();
    const undo = own('a');
    own('b');
    await undo();
    await undo();
    expect(made.labels).toEqual(['b']);
    await made.dispose(LIMIT);
    expect(ended).toEqual(['a', 'b']);
  });

  it('aborts its signal before anything is ended', async () => {
    const { made } = scope();
    let wasAborted = false;
    made.own('a', () => void (wasAborted = made.signal.aborted));
    expect(made.signal.aborted).toBe(false);
    await made.dispose(LIMIT);
    expect(wasAborted).toBe(true);
  });

  it('ends things in any of the usual ways', async () => {
    const ended: string[] = [];
    const made = new Scope(() => undefined);
    made.own('function', () => void ended.push('function'));
    made.own('dispose', { dispose: () => void ended.push('dispose') });
    made.own('close', { close: () => void ended.push('close') });
    made.own('sync', { [Symbol.dispose]: () => void ended.push('sync') });
    made.own('async', { [Symbol.asyncDispose]: async () => void ended.push('async') });
    await made.dispose(LIMIT);
    expect(ended).toEqual(['async', 'sync', 'close', 'dispose', 'function']);
  });
});

describe('a plugin whose setup fails half-way', () => {
  it('is undone: what it owned, its taps, services, timers and shared values', async () => {
    const here = world();
    const half = here.plugin(
      'half',
      `provides: ['half@1'], hooks: { 'on-output'() { said('tapped'); } }, setup(ctx) {
        ctx.own('thing', () => said('thing ended'));
        ctx.provide(defineService('half', { version: 1, methods: {} }), {});
        ctx.shared('value', () => 1, () => said('value ended'));
        ctx.setInterval(() => said('tick'), 1);
        ctx.signal.addEventListener('abort', () => said('aborted'));
        throw new Error('half-way');
      }`,
    );
    const kernel = here.kernel({ plugins: [half] });
    await expect(kernel.start()).rejects.toMatchObject({ code: 'VP_SETUP_FAILED', plugin: 'half' });
    expect(here.said).toEqual(['aborted', 'value ended', 'thing ended']);
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(here.said).not.toContain('tick');
    expect(kernel.status()).toMatchObject({ state: 'stopped', plugins: [{ state: 'stopped', owns: [] }] });
  });

  it('is undone where it hangs, and what it starts afterwards is ended at once', async () => {
    const here = world();
    const slow = here.plugin(
      'slow',
      `async setup(ctx) {
        ctx.own('before', () => said('before ended'));
        await new Promise((resolve) => said({ resolve }));
        ctx.own('after', () => said('after ended'));
        ctx.hook('on-output', () => said('tapped'));
      }`,
    );
    await expect(here.kernel({ plugins: [slow], deadlines: { setup: 20 } }).start()).rejects.toMatchObject({ code: 'VP_SETUP_TIMEOUT' });
    expect(here.said.at(-1)).toBe('before ended');
    (here.said[0] as { resolve: () => void }).resolve();
    await eventually(() => expect(here.said.at(-1)).toBe('after ended'));
  });
});
