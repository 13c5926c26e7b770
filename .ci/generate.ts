/** `npm run generate`: runs each workspace's `generate.ts`. `--check` writes nothing and fails where a generated file is stale. */
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { root, workspaces } from './repository.ts';

const generators = workspaces()
  .map(({ folder }) => join(folder, 'generate.ts'))
  .filter((path) => existsSync(join(root, path)));

for (const generator of generators) {
  const { status } = spawnSync(process.execPath, [generator, ...process.argv.slice(2)], { cwd: root, stdio: 'inherit' });
  if (status !== 0) process.exitCode = 1;
}
