/** `vp config show`: the config that holds for this directory, each value with its origin where asked. Runs the config's code. */
import { configOf, loadConfig, type Config } from '../../loader/config.ts';
import { configFile } from '../config-file.ts';
import { EXIT, styled } from '../output.ts';
import type { Invocation } from '../invocation.ts';

export default async function show({ options, json }: Invocation): Promise<number> {
  const file = await configFile(process.cwd(), options['config']);
  const context = { env: process.env, auto: 'never' as const };
  const config = file === undefined ? configOf({}, process.cwd(), context) : await loadConfig(file, context);
  const { origins, inputs: _inputs, baseDir: _baseDir, ...values } = config;
  const shown = { ...values, plugins: config.plugins.map(({ origin: _origin, ...plugin }) => plugin) };
  if (json) process.stdout.write(`${JSON.stringify(options['origin'] ? { config: shown, origins } : shown)}\n`);
  else process.stdout.write(`${lines(shown, config, options['origin'] === true).join('\n')}\n`);
  return EXIT.done;
}

function lines(shown: object, config: Config, withOrigin: boolean): string[] {
  const head = `config file: ${config.file ?? 'none found; these are the defaults'}`;
  return [styled('dim', head), ...leaves(shown).map(([path, value]) => line(path, value, withOrigin ? originOf(path, config) : undefined))];
}

function line(path: string, value: unknown, origin: string | undefined): string {
  return `${path} = ${JSON.stringify(value)}${origin === undefined ? '' : `  ${styled('dim', `(${origin})`)}`}`;
}

function originOf(path: string, { origins }: Config): string {
  const known = Object.keys(origins).find((origin) => path === origin || path.startsWith(`${origin}/`));
  return known === undefined ? 'default' : (origins[known] ?? 'default');
}

function leaves(value: unknown, path = ''): [string, unknown][] {
  const isLeaf = typeof value !== 'object' || value === null || Object.keys(value).length === 0;
  return isLeaf ? [[path, value]] : Object.entries(value).flatMap(([key, inner]) => leaves(inner, `${path}/${key}`));
}
