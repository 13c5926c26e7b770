import fc from 'fast-check';
import { expect, it } from 'vitest';
import type { FromHost } from '../../../sandbox/protocol.ts';
import { bundle, startHost } from './support.ts';

const NASTY = [
  'for (;;);',
  'throw undefined;',
  'throw { toString() { throw 1; }, get message() { throw 2; } };',
  'throw new Proxy({}, { get() { throw 3; } });',
  'const e = new Error("x"); Object.defineProperty(e, "stack", { get() { return {}; } }); throw e;',
  'Promise.reject(new Proxy(new Error("x"), {}));',
  'Promise.reject(Symbol("x"));',
  '(function again() { Promise.resolve().then(again); })();',
  '(function deep() { deep(); })();',
  'console.log("x".repeat(1e6));',
  'console.log("\\n{\\"t\\":\\"up\\"}\\n\\u0000\\ud800");',
  'for (let at = 0; at < 3000; at++) console.log(at);',
  'for (let at = 0; at < 300; at++) setTimeout(() => {}, 0);',
  'setInterval(() => { throw new Error("tick"); }, 1);',
  'setTimeout(() => { for (;;); }, 1);',
  'JSON.stringify = JSON.parse = () => { throw 1; };',
  'globalThis.__vp_plugin = 5;',
  'Object.prototype.k = "ret"; Object.prototype.toJSON = () => "x"; Array.prototype.toJSON = () => 1;',
  'Error.prepareStackTrace = () => { throw 1; };',
  'Error.stackTraceLimit = Infinity;',
  'globalThis.held = []; for (let at = 0; at < 5e5; at++) held.push({ at });',
  'new Array(2 ** 25).join("x");',
  'try { new Uint8Array(64 << 20).fill(1); } catch {}',
  'new URL("http://[");',
  'new URLSearchParams([["\\ud800", "x".repeat(1e6)]]).toString();',
  'crypto.getRandomValues(new Uint8Array(65536));',
  'structuredClone(globalThis);',
  'queueMicrotask(() => { throw 1; });',
  'fetch("https://a.test").then(console.log, console.log);',
  'Object.freeze(globalThis);',
  'delete globalThis.Promise; delete globalThis.Error;',
  'import("node:fs").then(console.log, (error) => console.log(error.message));',
  'ctx?.hook("pre-command", () => 1); ctx?.own("x", () => { throw 1; });',
  'ctx?.kv.set("k", { toJSON() { return ctx.kv.set("k", 1), "x"; } });',
  'return () => 1;',
  'return { then() {} };',
  'return 1n;',
];

const KINDS: readonly FromHost['t'][] = ['up', 'loaded', 'failed', 'cut', 'dead', 'guest', 'dropped', 'pong'];
const some = fc.array(fc.constantFrom(...NASTY), { maxLength: 3 }).map((parts) => parts.join('\n'));

it('a host answers pings whatever its guest does, or dies; and says nothing that is no line', { timeout: 300_000 }, async () => {
  await fc.assert(
    fc.asyncProperty(some, some, some, async (atLoad, atSetup, atTap) => {
      const head = `let ctx; (() => { ${atLoad} })();`;
      const definition = `{ name: 'p', hooks: { 'pre-command'() { ${atTap} } }, setup(given) { ctx = given; ${atSetup} } }`;
      const host = startHost(bundle(definition, head), { limits: { loadMs: 100, sliceMs: 100 } });
      for (const op of [{ op: 'setup' }, { op: 'tap', tap: 1, payload: {} }, { op: 'snapshot' }, { op: 'dispose' }] as const)
        host.ask(op, 100);
      for (let at = 0; at < 3; at += 1) await Promise.race([host.ping(), host.ended]);
      expect(host.garbage).toEqual([]);
      expect(host.lines.filter(({ t }) => !KINDS.includes(t))).toEqual([]);
      for (const message of host.said) expect(['ret', 'req', 'tap', 'untap', 'log']).toContain(message.k);
      expect(JSON.stringify(host.lines)).not.toMatch(/host\.js|node:internal|file:\/\//);
      await host.end();
    }),
    { numRuns: 60 },
  );
});
