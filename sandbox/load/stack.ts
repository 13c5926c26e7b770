/** Stack traces of sandboxed code in terms of its sources. */
import { SourceMap } from 'node:module';
import type { GuestBundle } from './bundle.ts';

/** Frames of the prelude are of no use to the author of a plugin. */
const PRELUDE = /^\s+at .*vp:prelude/;
const maps = new WeakMap<GuestBundle, SourceMap>();

/**
 * The stack with its frames at lines of the sources. `file` is the name that the code was evaluated under. A stack comes from the guest, so
 * it may be anything: what cannot be read stays as it is.
 */
export function mapStack(stack: string, bundle: GuestBundle, file: string): string {
  try {
    const lines = stack.split('\n').filter((line) => !PRELUDE.test(line));
    return lines.map((line) => mapLine(line, bundle, file)).join('\n');
  } catch {
    return stack;
  }
}

function mapLine(line: string, bundle: GuestBundle, file: string): string {
  const start = line.indexOf(`${file}:`);
  const position = start < 0 ? undefined : /^(\d{1,9}):(\d{1,9})/.exec(line.slice(start + file.length + 1));
  if (!position) return line;
  const { originalSource, originalLine, originalColumn } = originOf(bundle, Number(position[1]), Number(position[2]));
  if (originalSource === undefined) return line;
  const end = start + file.length + 1 + position[0].length;
  return `${line.slice(0, start)}${originalSource}:${originalLine + 1}:${originalColumn + 1}${line.slice(end)}`;
}

function originOf(
  bundle: GuestBundle,
  line: number,
  column: number,
): { originalSource?: string; originalLine: number; originalColumn: number } {
  let map = maps.get(bundle);
  if (!map) {
    map = new SourceMap(JSON.parse(bundle.map) as ConstructorParameters<typeof SourceMap>[0]);
    maps.set(bundle, map);
  }
  const entry = map.findEntry(line - 1, column - 1);
  return 'originalSource' in entry ? entry : { originalLine: 0, originalColumn: 0 };
}
