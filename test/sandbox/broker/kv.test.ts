/** Stored values of a guest: keys are data, sizes are counted, generations that overlap see the same. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { keyValue } from '../../../kernel/core/tools.ts';
import { Kv } from '../../../sandbox/broker/kv.ts';
import { refusal, temporary } from './support.ts';

function make(home: string, maxBytes = 10_000): Kv {
  return new Kv(keyValue(home, 'guest'), home, maxBytes);
}

describe('a stored value', () => {
  it('is there for the kernel too, and after a restart', async () => {
    const home = temporary();
    const kv = make(home);
    await kv.set('a', { deep: [1, null] });
    expect(await keyValue(home, 'guest').get('a')).toEqual({ deep: [1, null] });
    kv.close();
    await new Promise((resolve) => setTimeout(resolve, 50));
    await keyValue(home, 'guest').set('b', 2);
    const next = make(home);
    expect((await next.keys()).toSorted()).toEqual(['a', 'b']);
    await next.delete('a');
    expect([await next.get('a'), await next.keys()]).toEqual([undefined, ['b']]);
    next.close();
  });

  it.each(['__proto__', 'constructor', 'toString', '../../x', '/etc/passwd', 'a\0b', ' '])(
    'may be called %j, which is only a key',
    async (key) => {
      const home = temporary();
      const kv = make(home);
      expect(await kv.get(key)).toBeUndefined();
      await kv.set(key, JSON.parse('{"__proto__": {"polluted": 1}}'));
      expect(JSON.stringify(await kv.get(key))).toBe('{"__proto__":{"polluted":1}}');
      expect(await kv.keys()).toEqual([key]);
      expect(({} as { polluted?: unknown }).polluted).toBeUndefined();
      await kv.delete(key);
      expect(JSON.parse(readFileSync(join(home, 'kv/guest.json'), 'utf8'))).toEqual({});
      kv.close();
    },
  );

  it('that would be too much in all is refused, and nothing has changed', async () => {
    const home = temporary();
    const kv = make(home, 100);
    await kv.set('a', 'x'.repeat(80));
    expect(await refusal(kv.set('b', 'y'.repeat(20)))).toMatchObject({ code: 'VP_SANDBOX_LIMIT' });
    expect(await kv.keys()).toEqual(['a']);
    kv.close();
    const tighter = make(home, 50);
    expect(await refusal(tighter.set('c', 1))).toMatchObject({ code: 'VP_SANDBOX_LIMIT' });
    await tighter.set('a', 'x'.repeat(60));
    await tighter.set('a', 1);
    expect(await tighter.get('a')).toBe(1);
    tighter.close();
  });

  it('is one of a thousand at most, however they are asked for at once', async () => {
    const kv = make(temporary(), 1_000_000);
    const all = await Promise.allSettled(Array.from({ length: 1_010 }, (_, index) => kv.set(`k${index}`, index)));
    expect(all.filter(({ status }) => status === 'fulfilled').length).toBe(1_000);
    expect((await kv.keys()).length).toBe(1_000);
    await kv.set('k1', 'again');
    kv.close();
  });

  it('of one generation is seen and counted by the other at once', async () => {
    const home = temporary();
    const [old, young] = [make(home, 100), make(home, 100)];
    expect(await young.get('a')).toBeUndefined();
    const both = await Promise.allSettled([old.set('a', 'x'.repeat(60)), young.set('b', 'y'.repeat(60))]);
    expect(both.map(({ status }) => status)).toEqual(['fulfilled', 'rejected']);
    expect(await young.get('a')).toBe('x'.repeat(60));
    old.close();
    expect(await refusal(young.set('b', 'y'.repeat(60)))).toMatchObject({ code: 'VP_SANDBOX_LIMIT' });
    young.close();
  });
});
