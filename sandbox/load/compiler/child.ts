/**
 * The program that reads source nobody trusts with esbuild and acorn: tasks come as lines of JSON on its standard input, one at a time,
 * and it ends when that does. A process of its own, since such source can take any time and memory, or end esbuild. See task.ts.
 */
import { createInterface } from 'node:readline';
import { linesOfBuilt } from '../built.ts';
import { keep, writeCachedManifest } from '../cache.ts';
import { sha256 } from '../source.ts';
import { readDefinition, readEntry } from './definition.ts';
import { Failed, shortened } from './failed.ts';
import { buildScript } from './script.ts';
import { MAX_HEAD, MAX_LINE, type BundleTask, type ManifestTask, type Said, type Task } from './task.ts';

const input = createInterface({ input: process.stdin });
input.on('line', (line) => void perform(JSON.parse(line) as Task));
input.on('close', end);

/** With esbuild's process, which may be in the middle of something: they are a group of their own. */
function end(): void {
  try {
    process.kill(-process.pid, 'SIGKILL');
  } catch {
    process.exit(0);
  }
}

async function perform(task: Task): Promise<void> {
  try {
    await (task.k === 'manifest' ? manifest(task) : bundle(task));
  } catch (error) {
    const text = error instanceof Error ? error.message : String(error);
    tell({ k: 'failed', failure: error instanceof Failed ? error.failure : { why: 'syntax', text: shortened(`${task.file}: ${text}`) } });
  }
}

async function manifest({ file, keep: kept }: ManifestTask): Promise<void> {
  tell({ k: 'read', path: file });
  const source = await readEntry(file);
  const found = await readDefinition(source, file);
  if (kept !== undefined && found.problems.length === 0) writeCachedManifest(kept, sha256(source), found);
  const said = JSON.stringify({ k: 'inline', ...found } satisfies Said);
  if (said.length > MAX_HEAD) throw new Failed({ why: 'size', bytes: said.length, limit: MAX_HEAD });
  write([said]);
}

async function bundle(task: BundleTask): Promise<void> {
  const lines = linesOfBuilt(await buildScript(task, (path) => tell({ k: 'read', path })));
  if (lines[0].length > MAX_HEAD) throw new Failed({ why: 'size', bytes: lines[0].length, limit: MAX_HEAD });
  const longest = Math.max(...lines.map((line) => Buffer.byteLength(line)));
  if (longest > MAX_LINE) throw new Failed({ why: 'size', bytes: longest, limit: MAX_LINE });
  if (task.keep !== undefined) keep(task.keep, lines.join('\n'));
  write(lines);
}

function tell(said: Said): void {
  write([JSON.stringify(said)]);
}

function write(lines: readonly string[]): void {
  process.stdout.write(lines.map((line) => `${line}\n`).join(''));
}
