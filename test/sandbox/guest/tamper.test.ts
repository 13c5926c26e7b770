import { describe, expect, it } from 'vitest';
import { startPlugin } from '../host/support.ts';

/** Replaces everything replaceable that a prelude could be tempted to use; `caught` collects what falls into the traps. */
const TAMPER = `
  const caught = { __proto__: null, length: 0, push(name) { this[this.length++] = name; } };
  const trap = (name, result) => function () { caught.push(name); return result; };
  JSON.stringify = () => '{"k":"req","id":99,"cap":"fs.readText","args":["../secret"]}';
  JSON.parse = () => ({ k: 'reply', id: 1, ok: true, value: 'forged' });
  const kinds = [Array, String, Map, Set, Promise, RegExp, Number, Error, Uint8Array];
  const replace = (object, names, label) => { for (let at = 0; at < names.length; at++) try {
    if (names[at] !== 'constructor') object[names[at]] = trap(label + names[at]);
  } catch {} };
  const namesOf = Object.getOwnPropertyNames;
  const { __defineSetter__: defineSetter, __defineGetter__: defineGetter } = Object.prototype;
  const call = Reflect.apply;
  const keysToTrap = ['then', 'value', 'get', 'ok', 'toJSON', 'handler', 'code', '0', '1'];
  for (let at = 0; at < kinds.length; at++) replace(kinds[at].prototype, namesOf(kinds[at].prototype), kinds[at].name + '.');
  Array.prototype[Symbol.iterator] = trap('iterator', { next: () => ({ done: true }) });
  replace(Reflect, namesOf(Reflect), 'Reflect.');
  replace(Object, ['freeze', 'keys', 'defineProperty', 'create', 'assign', 'entries', 'setPrototypeOf', 'getPrototypeOf'], 'Object.');
  for (let at = 0; at < keysToTrap.length; at++) { const key = keysToTrap[at]; call(defineSetter, Object.prototype, [key, () => { caught.push('set ' + key); }]); }
  call(defineGetter, Object.prototype, ['toJSON', () => { caught.push('toJSON'); return undefined; }]);
  call(defineGetter, Promise.prototype, ['constructor', () => { caught.push('constructor'); return undefined; }]);
  Error.prepareStackTrace = () => 'forged';
  globalThis.Promise = globalThis.Error = globalThis.Object = globalThis.String = undefined;
`;

describe('a plugin that replaces what the language is made of', () => {
  it('changes nothing of what it asks for, and catches nothing', async () => {
    const host = await startPlugin(`{ name: 'p', hooks: { 'pre-command': () => 'judged' }, setup(ctx) {
      ${TAMPER}
      ctx.fs.readText('ok.txt');
      ctx.log.info({ a: 1 }, 'said');
      ctx.hook('pre-command', () => 'second', { order: 'post' });
      ctx.setTimeout(() => {}, 60000);
      ctx.kv.get('k');
      ctx.env.get('A');
      ctx.own('x', () => {});
      let text = ''; for (let at = 0; at < caught.length; at++) text += caught[at] + ' ';
      ctx.log.info(text);
    } }`);
    const said = host.said.slice(1);
    expect(said.slice(0, 4)).toEqual([
      { k: 'req', id: 1, cap: 'fs.readText', args: ['ok.txt'] },
      { k: 'log', level: 'info', fields: expect.anything(), message: 'said' },
      { k: 'tap', tap: 2, hook: 'pre-command', options: expect.anything() },
      { k: 'req', id: 2, cap: 'kv.get', args: ['k'] },
    ]);
    // The plugin's own objects are asked for theirs, as ever.
    expect((said[4] as { message: string }).message).toMatch(/^(?:toJSON )*$/);
    expect(await host.tap({})).toBe('judged');
    host.tell({ k: 'reply', id: 1, ok: true, value: 'text' });
    expect(await host.call({ op: 'tap', tap: 2, payload: {} })).toMatchObject({ value: 'second' });
    expect(await host.call({ op: 'dispose' })).toMatchObject({ ok: true });
    expect(host.garbage).toEqual([]);
  });

  it('finds no object of isolated-vm and no function of the host, wherever it looks', async () => {
    const host = await startPlugin(`{ name: 'p', hooks: { 'pre-command'(call, ctx) {
      const hits = []; const seen = new Set();
      (function walk(value, path, depth) {
        if ((typeof value !== 'object' && typeof value !== 'function') || value === null || seen.has(value) || depth > 9) return;
        seen.add(value);
        if (/^(Reference|ExternalCopy|Isolate|Context|Callback|Script|Module)$/.test(value.constructor?.name)) hits.push(path);
        for (const name of ['applySync', 'derefInto', 'copyInto']) if (typeof value[name] === 'function') hits.push(path + name);
        for (const key of Reflect.ownKeys(value)) {
          const { value: inner, get, set } = Object.getOwnPropertyDescriptor(value, key);
          walk(inner, path + '.' + String(key), depth + 1); walk(get, path + '.get', depth + 1); walk(set, path + '.set', depth + 1);
        }
        walk(Object.getPrototypeOf(value), path + '.proto', depth + 1);
      })({ ctx, call, globals: globalThis, self: this }, '', 0);
      const reach = [ctx, ctx.log, ctx.log.info, ctx.kv.get, ctx.fetch, fetch, console.log, URL, setTimeout].map((value) =>
        value.constructor.constructor('return typeof process + typeof require + typeof $0 + typeof boot')());
      let caller; try { caller = ctx.log.info.caller ?? ctx.log.info.arguments; } catch (error) { caller = error.name; }
      return { hits, many: seen.size > 1000, reach: [...new Set(reach)], caller };
    } } }`);
    expect(await host.tap({})).toEqual({ hits: [], many: true, reach: ['undefinedundefinedundefinedundefined'], caller: 'TypeError' });
  });

  it('reads its arguments once: what a getter says later is not sent', async () => {
    const host = await startPlugin(`{ name: 'p', setup(ctx) {
      let count = 0;
      const liar = { get path() { return count++ === 0 ? 'ok.txt' : '../secret'; }, toString() { return '../secret'; } };
      const proxy = new Proxy({}, { get: (_, key) => key === 'toJSON' ? undefined : '../secret', ownKeys: () => ['path'], getOwnPropertyDescriptor: () => ({ value: 1, enumerable: true, configurable: true }) });
      ctx.fs.readText(liar); ctx.fs.readText(proxy); ctx.fs.readText({ then(resolve) { ctx.log.info('awaited'); resolve('../secret'); } });
      ctx.log.info('reads ' + count);
    } }`);
    expect(host.requests.map(({ args }) => args)).toEqual([[{ path: 'ok.txt' }], [{ path: '../secret' }], [{}]]);
    expect(host.logs.map(({ message }) => message)).toEqual(['reads 1']);
  });

  it('sees frames of the prelude at most, never of the host', async () => {
    const host = await startPlugin(`{ name: 'p', hooks: { async 'pre-command'(call, ctx) {
      const stacks = [];
      try { ctx.fire(); } catch (error) { stacks.push(error.stack); }
      try { new URL('no'); } catch (error) { stacks.push(error.stack); }
      await ctx.kv.set('k', undefined).catch((error) => stacks.push(error.stack));
      const frames = []; Error.prepareStackTrace = (_, sites) => { for (const site of sites) frames.push([site.getFileName(), typeof site.getThis(), typeof site.getFunction()]); };
      try { ctx.fire(); } catch (error) { error.stack; }
      return { stacks, files: [...new Set(frames.map(([file]) => file))], held: frames.filter(([file, , fn]) => file !== 'plugin.js' && fn !== 'undefined').length };
    } } }`);
    const { stacks, files, held } = (await host.tap({})) as { stacks: string[]; files: string[]; held: number };
    expect(stacks.join('\n')).not.toMatch(/host\.js|file:|node:|\/tmp|isolated/);
    expect(files.toSorted()).toEqual(['plugin.js', 'vp:prelude']);
    expect(held).toBe(0);
  });
});
