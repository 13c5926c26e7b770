/**
 * The program that evaluates a charter written in TypeScript or JavaScript: it waits for the file's URL on its standard input, writes
 * its report as JSON to file descriptor 3 and ends. A process of its own, since Node keeps every module it ever imported.
 */
import { createHash } from 'node:crypto';
import { closeSync, readFileSync, writeSync } from 'node:fs';
import { registerHooks, stripTypeScriptTypes } from 'node:module';
import { fileURLToPath } from 'node:url';
import type { ChildReport } from './evaluate.ts';

// Taken before the charter's code runs, which could put others in their place.
const [write, close] = [writeSync, closeSync];
const sources: Record<string, string> = {};
const fromPackages = new Set<string>();

registerHooks({
  resolve(specifier, context, next) {
    const found = next(specifier, context);
    const bare = !/^(?:\.|\/|[a-z]+:)/.test(specifier);
    if (bare || fromPackages.has(context.parentURL ?? '')) fromPackages.add(found.url);
    return found;
  },
  load(url, context, next) {
    // Summed before it is loaded: an edit in between then shows as a change later, and is never taken for what was loaded.
    if (url.startsWith('file:') && !fromPackages.has(url)) sources[fileURLToPath(url)] = sum(url);
    return next(url, context);
  },
});

// A program started ahead of need gets ready to read TypeScript, which takes longer than reading it.
if (process.argv[2] === 'ahead') stripTypeScriptTypes('');
const url = readFileSync(0, 'utf8');
if (url === '') process.exit(0);
const readAt = Date.now();
try {
  const module = (await import(url)) as { default?: unknown };
  report(
    module.default === undefined
      ? { sources, readAt, error: { message: 'no default export', stack: '' } }
      : { sources, readAt, value: plain(module.default, '') },
  );
} catch (error) {
  const { message, stack } = error instanceof Error ? error : new Error(`a thrown ${typeof error}`);
  report({ sources, readAt, error: { message, stack: stack ?? '' } });
}
process.exit(0);

function sum(fileUrl: string): string {
  try {
    return createHash('sha256')
      .update(readFileSync(new URL(fileUrl)))
      .digest('hex');
  } catch {
    return '';
  }
}

/** Regular expressions as `/source/flags`; everything else must be plain data. */
function plain(value: unknown, path: string): unknown {
  if (value instanceof RegExp) return String(value);
  if (value === null || typeof value === 'string' || typeof value === 'boolean') return value;
  if (typeof value === 'number' && Number.isFinite(value)) return value;
  if (path.length > 1_000) throw new TypeError('the charter refers to itself');
  if (Array.isArray(value)) return value.map((item, index) => plain(item, `${path}/${index}`));
  if (typeof value !== 'object' || ![Object.prototype, null].includes(Object.getPrototypeOf(value) as object | null)) {
    throw new TypeError(`${path === '' ? 'the default export' : path} is a ${typeof value} that a charter cannot hold: write plain data`);
  }
  const entries = Object.entries(value).filter(([, item]) => item !== undefined);
  return Object.fromEntries(entries.map(([key, item]) => [key, plain(item, `${path}/${key}`)]));
}

function report(result: ChildReport): void {
  const bytes = Buffer.from(JSON.stringify(result));
  for (let at = 0; at < bytes.length;) at += write(3, bytes, at);
  close(3);
}
