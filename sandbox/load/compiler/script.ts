/** From an entry file to one script, in the compiler's process. Everything is in it, packages and SDK too. */
import { dirname, resolve } from 'node:path';
import type { BuildResult } from 'esbuild';
import type { Built } from '../built.ts';
import { packagesOf } from '../cache.ts';
import { MAX_INPUT_BYTES } from '../source.ts';
import { complaint, Failed } from './failed.ts';
import { builtinChain, guestImports, type Reads } from './imports.ts';
import { BUILD } from './settings.ts';
import type { BundleTask } from './task.ts';

/** Bytes of the script. */
const MAX_OUTPUT_BYTES = 4 * 1024 * 1024;
/** Characters of its source map. Without one, stack traces point at lines of the script. */
const MAX_MAP = 8 * 1024 * 1024;
const NO_MAP = '{"version":3,"sources":[],"names":[],"mappings":""}';

/** Builds; tells `onRead` of each file before it is compiled. @throws Failed */
export async function buildScript({ file, sdk }: BundleTask, onRead: (path: string) => void): Promise<Built> {
  const { build } = await import('esbuild');
  const folder = dirname(file);
  const reads: Reads = { hashes: new Map(), bytes: 0, onRead };
  const result = await build({
    ...BUILD,
    entryPoints: [file],
    absWorkingDir: folder,
    outdir: folder,
    plugins: [guestImports(reads, sdk)],
  }).catch((cause: unknown) => {
    throw tooLarge(reads) ?? complaint(cause, file);
  });
  const refused = tooLarge(reads);
  if (refused !== undefined) throw refused;
  const chain = builtinChain(result.metafile);
  if (chain) throw new Failed({ why: 'builtin', module: chain.at(-1) ?? '', chain: chain.join(' → ') });
  const { code, map } = outputs(result, folder);
  const bytes = Buffer.byteLength(code);
  if (bytes > MAX_OUTPUT_BYTES) throw new Failed({ why: 'size', bytes, limit: MAX_OUTPUT_BYTES });
  const inputs = [...reads.hashes].map(([path, hash]) => ({ path, hash }));
  return { code, map, inputs, packages: packagesOf(inputs) };
}

function tooLarge(reads: Reads): Failed | undefined {
  return reads.tooLarge === undefined ? undefined : new Failed({ why: 'size', bytes: reads.tooLarge, limit: MAX_INPUT_BYTES });
}

function outputs({ outputFiles = [] }: BuildResult, folder: string): { code: string; map: string } {
  const textOf = (suffix: string): string => outputFiles.find(({ path }) => path.endsWith(suffix))?.text ?? '';
  const given = textOf('.js.map');
  if (given.length > MAX_MAP) return { code: textOf('.js'), map: NO_MAP };
  const map = JSON.parse(given) as { sources: string[] };
  return { code: textOf('.js'), map: JSON.stringify({ ...map, sources: map.sources.map((path) => resolve(folder, path)) }) };
}
