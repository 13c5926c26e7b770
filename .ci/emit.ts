/** Runs the TypeScript compiler over some folders of the repository, to files elsewhere. */
import { spawnSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from './repository.ts';

/**
 * Emits into `outDir`, whose tree then mirrors the repository's.
 * @throws Error with the compiler's output where the sources do not compile; `outDir` is then incomplete.
 */
export function emit(outDir: string, include: readonly string[], exclude: readonly string[], options: object): void {
  mkdirSync(outDir, { recursive: true });
  const config = join(outDir, 'tsconfig.json');
  const absolute = (paths: readonly string[]): string[] => paths.map((path) => join(root, path));
  const compilerOptions = {
    noEmit: false,
    rootDir: root,
    outDir,
    declaration: true,
    typeRoots: [join(root, 'node_modules/@types')],
    ...options,
  };
  writeFileSync(
    config,
    JSON.stringify({ extends: join(root, 'tsconfig.json'), compilerOptions, include: absolute(include), exclude: absolute(exclude) }),
  );
  const { status, stdout, error } = spawnSync(join(root, 'node_modules/.bin/tsc'), ['-p', config], { cwd: root, encoding: 'utf8' });
  if (error) throw new Error(`cannot run tsc: ${error.message}; run \`npm ci\` first`, { cause: error });
  if (status !== 0) throw new Error(`the sources do not compile:\n${stdout}`);
}
