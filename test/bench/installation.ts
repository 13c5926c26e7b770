/** VP as it is installed: built and laid out under node_modules, or as sources. Both run `vp start` with the first-party plugins. */
import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { cpSync, mkdirSync, readdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { once } from 'node:events';
import { join } from 'node:path';
import firstParty from '@vp/kernel/first-party.json' with { type: 'json' };
import { repository } from '../support/api/index.ts';

/** A project folder from which `vp start` runs. */
export interface Installation {
  readonly folder: string;
  readonly vp: string;
}

/** A service that has said that it is ready. */
export interface Started {
  readonly child: ChildProcess;
  readonly pid: number;
  /** Milliseconds from spawn to the ready line. */
  readonly ms: number;
}

const CONFIG = `import { defineConfig } from '@vp/sdk';

export default defineConfig({ plugins: ${JSON.stringify(firstParty.plugins.map(({ name }) => name))} });
`;

/** A project whose node_modules holds the built packages. The dependencies are those of the repository. */
export function installBuilt(folder: string): Installation {
  const built = join(folder, 'build');
  execFileSync(process.execPath, [join(repository, '.ci', 'build.ts'), built], { cwd: repository, stdio: ['ignore', 'ignore', 'inherit'] });
  const modules = join(folder, 'built', 'node_modules');
  mkdirSync(join(modules, '@vp'), { recursive: true });
  for (const entry of readdirSync(built, { withFileTypes: true })) {
    if (entry.isDirectory()) cpSync(join(built, entry.name), join(modules, '@vp', entry.name), { recursive: true });
  }
  for (const name of readdirSync(join(repository, 'node_modules'))) {
    if (name !== '@vp' && !name.startsWith('.')) symlinkSync(join(repository, 'node_modules', name), join(modules, name));
  }
  return project(join(folder, 'built'), join(modules, '@vp', 'kernel', 'bin', 'vp.js'));
}

/** A project that runs the sources of the repository. */
export function installSources(folder: string): Installation {
  mkdirSync(join(folder, 'sources'), { recursive: true });
  symlinkSync(join(repository, 'node_modules'), join(folder, 'sources', 'node_modules'));
  return project(join(folder, 'sources'), join(repository, 'kernel', 'bin', 'vp.js'));
}

function project(folder: string, vp: string): Installation {
  writeFileSync(join(folder, 'package.json'), '{ "type": "module" }\n');
  writeFileSync(join(folder, 'vp.config.ts'), CONFIG);
  return { folder, vp };
}

/** Starts the service and waits for its first line. */
export async function startService({ folder, vp }: Installation): Promise<Started> {
  const env = { PATH: process.env['PATH'], HOME: folder, VP_HOME: join(folder, 'state') };
  const started = performance.now();
  const child = spawn(process.execPath, [vp, 'start'], { cwd: folder, env, stdio: ['ignore', 'pipe', 'pipe'] });
  const errors: Buffer[] = [];
  child.stderr.on('data', (chunk: Buffer) => errors.push(chunk));
  const ended = once(child, 'exit').then(() => {
    throw new Error(`vp start ended: ${Buffer.concat(errors).toString()}`);
  });
  ended.catch(() => undefined);
  await Promise.race([once(child.stdout, 'data'), ended]);
  return { child, pid: child.pid ?? 0, ms: performance.now() - started };
}

/** Ends a process that was started here. */
export async function end(child: ChildProcess): Promise<void> {
  const exited = once(child, 'exit');
  child.kill('SIGTERM');
  await exited;
}
