/** `npm run check`: everything that can be said about the code without running its tests. `npm run check -- lint types` runs these. */
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { root } from './repository.ts';

interface Check {
  readonly name: string;
  readonly command: readonly [program: string, ...args: string[]];
}

interface Outcome {
  readonly ok: boolean;
  readonly output: string;
  readonly seconds: number;
}

const tool = (name: string): string => join(root, 'node_modules/.bin', name);
const script = (name: string, ...args: string[]): Check['command'] => [process.execPath, join(root, '.ci', name), ...args];

/** The slow ones first: two run at a time. */
const checks: readonly Check[] = [
  { name: 'types', command: [tool('tsc'), '-p', '.'] },
  { name: 'lint', command: [tool('oxlint'), '--type-aware', '--deny-warnings', '.', '.ci'] },
  { name: 'dead code', command: [tool('knip'), '--no-progress'] },
  { name: 'sdk api', command: script('api.ts', '--check') },
  { name: 'generated', command: script('generate.ts', '--check') },
  { name: 'format', command: [tool('oxfmt'), '--check', '.', '.ci'] },
  { name: 'imports', command: script('imports.ts') },
  { name: 'lockfile', command: script('lockfile.ts', '--check') },
  { name: 'licences', command: script('licences.ts') },
];

function run(command: Check['command']): Promise<Outcome> {
  const started = performance.now();
  const [program, ...args] = command;
  const path = `${join(root, 'node_modules/.bin')}:${process.env['PATH'] ?? ''}`;
  const { promise, resolve } = Promise.withResolvers<Outcome>();
  // Colour only where a person looks: the tools see a pipe in either case.
  const colour = process.stdout.isTTY ? { FORCE_COLOR: '1' } : { NO_COLOR: '1' };
  const child = spawn(program, args, { cwd: root, env: { ...process.env, ...colour, PATH: path }, stdio: ['ignore', 'pipe', 'pipe'] });
  const chunks: Buffer[] = [];
  const finish = (ok: boolean, more = ''): void => {
    resolve({ ok, output: Buffer.concat(chunks).toString() + more, seconds: (performance.now() - started) / 1000 });
  };
  child.stdout.on('data', (chunk: Buffer) => chunks.push(chunk));
  child.stderr.on('data', (chunk: Buffer) => chunks.push(chunk));
  child.on('error', (error) => finish(false, `cannot run ${program}: ${error.message}; run \`npm ci\` first\n`));
  child.on('close', (code) => finish(code === 0));
  return promise;
}

async function main(wanted: readonly string[]): Promise<number> {
  const unknown = wanted.filter((name) => !checks.some((check) => check.name === name));
  if (unknown.length > 0) {
    console.error(`unknown check: ${unknown.join(', ')}; there are: ${checks.map((check) => check.name).join(', ')}`);
    return 2;
  }
  const waiting = checks.filter((check) => wanted.length === 0 || wanted.includes(check.name));
  const failed: { readonly name: string; readonly output: string }[] = [];
  const worker = async (): Promise<void> => {
    for (let check = waiting.shift(); check; check = waiting.shift()) {
      const { ok, output, seconds } = await run(check.command);
      console.log(`${check.name.padEnd(10)} ${ok ? 'ok    ' : 'FAILED'} ${seconds.toFixed(1).padStart(5)} s`);
      if (!ok) failed.push({ name: check.name, output });
      else if (output.includes('warning: ')) console.log(output.trimEnd());
    }
  };
  await Promise.all([worker(), worker()]);
  for (const { name, output } of failed) console.log(`\n── ${name} ──\n${output.trimEnd()}`);
  return failed.length === 0 ? 0 : 1;
}

process.exitCode = await main(process.argv.slice(2));
