/** The compiler's process: held to its bounds, ended with esbuild's, never in anybody's way. */
import { spawn } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterEach, describe, expect, it } from 'vitest';
import { Compiler, type CompilerSettings } from '../../../sandbox/load/compiler/compiler.ts';
import type { Inline } from '../../../sandbox/load/compiler/task.ts';
import { readPlugin } from '../../../sandbox/load/read.ts';
import { folder, thrown } from './folder.ts';

const GOOD = `export default { name: 'p' };`;
/** Keeps esbuild busy for longer than any test. */
const ENDLESS = Array.from({ length: 20_000 }, (_, n) => `import './missing${n}';`).join('');
const PROGRAM = pathToFileURL(join(import.meta.dirname, '../../../sandbox/load/compiler/compiler.ts')).href;

const compilers: Compiler[] = [];
afterEach(() => Promise.all(compilers.splice(0).map((one) => one.close())));

function compilerWith(settings: CompilerSettings = {}): Compiler {
  const compiler = new Compiler(settings);
  compilers.push(compiler);
  return compiler;
}

function inline(compiler: Compiler, file: string): Promise<Inline> {
  return compiler.ask({ k: 'manifest', file }, { plugin: 'p', use: './a.ts', file });
}

function script(compiler: Compiler, file: string): Promise<unknown> {
  return thrown(() => compiler.ask({ k: 'bundle', file, sdk: {} }, { plugin: 'p', use: './a.ts', file }));
}

/** All processes below one, as they are now. */
function below(pid = process.pid): number[] {
  try {
    const children = readdirSync(`/proc/${pid}/task`).flatMap((thread) =>
      readFileSync(`/proc/${pid}/task/${thread}/children`, 'latin1').split(' ').filter(Boolean).map(Number),
    );
    return children.flatMap((child) => [child, ...below(child)]);
  } catch {
    return [];
  }
}

async function until(isSo: () => boolean): Promise<void> {
  for (const end = Date.now() + 50_000; !isSo();) {
    if (Date.now() > end) throw new Error('it has not come');
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

describe.runIf(process.platform === 'linux')('the processes', () => {
  it('are one and esbuild, with no more than this environment, and are gone once nobody has needed them for a while', async () => {
    const before = below();
    const compiler = compilerWith({ idleMs: 300 });
    const at = folder();
    const file = at.write('a.ts', GOOD);
    const slow = script(compiler, at.write('slow.ts', ENDLESS));
    await until(() => below().length === before.length + 2);
    const [node, esbuild] = below().filter((pid) => !before.includes(pid));
    const names = readFileSync(`/proc/${node}/environ`, 'utf8')
      .split('\0')
      .map((text) => text.split('=')[0]);
    expect(names.filter((name) => name !== '' && name !== 'PATH' && name !== 'TMPDIR')).toEqual([]);
    expect(readFileSync(`/proc/${esbuild}/stat`, 'latin1').split(') ')[1]?.split(' ')[16]).toBe('10');
    await compiler.close();
    expect(await slow).toMatchObject({ code: 'VP_SANDBOX_SYNTAX' });
    await until(() => below().length === before.length);

    const next = compilerWith({ idleMs: 300 });
    expect((await inline(next, file)).inline).toEqual({ name: 'p' });
    await until(() => below().length === before.length);
    expect((await inline(next, file)).inline).toEqual({ name: 'p' });
  });

  it('are gone after they took too long, and what waits is done', async () => {
    const before = below();
    const compiler = compilerWith({ deadlineMs: 4_000, idleMs: 100 });
    const at = folder();
    at.write('inner.ts', ENDLESS);
    const file = at.write('a.ts', `import './inner.ts';`);
    const [error, found] = await Promise.all([script(compiler, file), inline(compiler, at.write('good.ts', GOOD))]);
    expect(error).toMatchObject({ code: 'VP_SANDBOX_SYNTAX', file, plugin: 'p', message: expect.stringContaining('more than 4 s') });
    expect(error).toMatchObject({ files: [file, at.path('inner.ts')] });
    expect(found.inline).toEqual({ name: 'p' });
    await until(() => below().length === before.length);
  });

  it('are gone after they took too much memory, and what waits is done', async () => {
    const before = below();
    const compiler = compilerWith({ memoryBytes: 400 * 1024 * 1024, idleMs: 100 });
    const at = folder();
    const deep = at.write('deep.ts', `export default ${'('.repeat(3_000_000)}1${')'.repeat(3_000_000)};`);
    const [error, found] = await Promise.all([script(compiler, deep), inline(compiler, at.write('good.ts', GOOD))]);
    expect(error).toMatchObject({ code: 'VP_SANDBOX_SYNTAX', file: deep, message: expect.stringContaining('more than 400 MB of memory') });
    expect(found.inline).toEqual({ name: 'p' });
    await until(() => below().length === before.length);
  });

  it.each(['the process', 'esbuild'])('%s ended by somebody else is there again for the next task', async (which) => {
    const before = below();
    const compiler = compilerWith();
    const file = folder().write('a.ts', GOOD);
    await inline(compiler, file);
    const [node, esbuild] = below().filter((pid) => !before.includes(pid));
    process.kill((which === 'esbuild' ? esbuild : node) ?? 0, 'SIGKILL');
    expect((await inline(compiler, file)).inline).toEqual({ name: 'p' });
  });

  it('do not outlive a kernel that is ended in the middle of a task', async () => {
    const file = folder().write('a.ts', ENDLESS);
    const ask = `new Compiler().ask({ k: 'bundle', file: ${JSON.stringify(file)}, sdk: {} }, { plugin: 'p', use: 'p', file: '' });`;
    const kernel = spawn(process.execPath, ['--input-type=module', '-e', `import { Compiler } from '${PROGRAM}';\n${ask}`]);
    const pid = kernel.pid ?? 0;
    await until(() => below(pid).length === 2);
    const started = below(pid);
    kernel.kill('SIGKILL');
    await until(() => started.every((one) => !existsSync(`/proc/${one}`) || isZombie(one)));
  });

  it('do not keep a program that is done', async () => {
    const file = folder().write('a.ts', GOOD);
    const ask = `await new Compiler({ idleMs: 1e6 }).ask({ k: 'manifest', file: ${JSON.stringify(file)} }, { plugin: 'p', use: 'p', file: '' });`;
    const program = spawn(process.execPath, ['--input-type=module', '-e', `import { Compiler } from '${PROGRAM}';\n${ask}`]);
    const { promise, resolve } = Promise.withResolvers<number | null>();
    program.on('close', resolve);
    expect(await promise).toBe(0);
  });
});

describe('an error', () => {
  it('names all that was read, so that a change in any of it is noticed', async () => {
    const at = folder();
    at.write('inner.ts', 'const = ;');
    at.write('other.ts', '1;');
    const file = at.write(
      'a.ts',
      `import { definePlugin } from '@vp/sdk'; import './other.ts'; import './inner.ts'; export default { name: 'p' };`,
    );
    const error = (await thrown(() => readPlugin({ use: './a.ts', kind: 'file', entry: file }, compilerWith().ask))) as Error & {
      files: string[];
    };
    expect(error).toMatchObject({ code: 'VP_SANDBOX_SYNTAX', file: at.path('inner.ts') });
    expect(error.files.toSorted()).toEqual([file, at.path('inner.ts'), at.path('other.ts')]);
  });
});

function isZombie(pid: number): boolean {
  try {
    return readFileSync(`/proc/${pid}/stat`, 'latin1').split(') ')[1]?.startsWith('Z') === true;
  } catch {
    return true;
  }
}
