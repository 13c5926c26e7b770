/** A plugin in the real sandbox, inside the fake kernel of the SDK, with all that it asks for and nothing of this machine. */
import { cp, mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as sdk from '@vp/sdk';
import { policy, serviceName, type CommandContext, type PolicyCall, type ServiceRef } from '@vp/sdk';
import { fake, testPlugin, type FakeService, type LogLine, type TestPlugin } from '@vp/sdk/testing';
import { createSandbox, type Seams } from '../index.ts';
import { sandboxError } from '../errors.ts';
import { union } from '../permissions/cover.ts';
import { folderOf, type ReadTarget } from './target.ts';

/** A place for trials of one plugin. */
export interface Trials {
  /** Starts the plugin anew. @throws why it does not start */
  start(config: Readonly<Record<string, unknown>>): Promise<TestPlugin>;
  /** Ends what is left and removes the folder. */
  close(): Promise<void>;
}

/** Milliseconds, as a kernel has them by default. */
const DEADLINES: Readonly<Record<string, number>> = {
  'pre-spawn': 5_000,
  'pre-command': 250,
  'budget-check': 100,
  'on-crash': 1_000,
  setup: 10_000,
  drain: 10_000,
  dispose: 5_000,
};

/** The contracts that the SDK knows, by `id@major`. */
const SERVICES: ReadonlyMap<string, ServiceRef> = new Map(
  (Object.values(sdk) as unknown[]).filter(isService).map((ref) => [serviceName(ref), ref] as const),
);

/** Makes the place. `useNet`: the plugin gets the network, and the variables that it asks for. `log` hears what is said about it. */
export async function openTrials(
  { target, read, asked }: ReadTarget,
  context: CommandContext,
  useNet: boolean,
  log: LogLine[],
): Promise<Trials> {
  const folder = await mkdtemp(join(tmpdir(), 'vp-plugin-test-'));
  const [home, baseDir] = [join(folder, 'home'), join(folder, 'project')];
  try {
    await mkdir(home, { mode: 0o700 });
    await mkdir(baseDir);
    await cp(join(folderOf(target), 'fixtures'), baseDir, { recursive: true }).catch(ignoreMissing);
  } catch (error) {
    await rm(folder, { recursive: true, force: true });
    throw error;
  }
  const grant = union(asked.required, asked.optional);
  const variables = useNet ? (grant.env ?? []).flatMap((name) => Object.entries({ [name]: context.env[name] })) : [];
  const env = Object.fromEntries(variables.filter((pair): pair is [string, string] => pair[1] !== undefined));
  const runtime = createSandbox(
    {
      home,
      env,
      service: (name) => SERVICES.get(name),
      warn: (fields, message) => void log.push({ level: 'warn', plugin: 'sandbox', message, fields: { ...fields } }),
    },
    useNet ? {} : { fetch: refuseFetch },
  );
  const request = { ...target, grant, baseDir, cacheDir: join(home, 'cache'), deadlineMs: (what: string) => DEADLINES[what] ?? 1_000 };
  return {
    async start(config) {
      const { definition, manifest } = await runtime.load(request);
      return testPlugin(definition, { manifest, config, env, home, services: services(read.manifest, context) });
    },
    async close() {
      await runtime.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

const refuseFetch: NonNullable<Seams['fetch']> = () =>
  Promise.reject(sandboxError('VP_PERMISSION_DENIED', { what: 'the network', why: 'this is a test' }, { hint: 'Run it with --net.' }));

/** Stand-ins for what it needs or wants. The policy's analysis is the real one, where this command has it. */
function services({ needs = [], wants = [] }: ReadTarget['read']['manifest'], context: CommandContext): FakeService[] {
  return [...needs, ...wants].flatMap((name) => {
    const ref = SERVICES.get(name);
    if (ref === undefined) return [];
    if (name !== serviceName(policy)) return [fake(ref, {})];
    const analyse = (call: PolicyCall): unknown => context.use(policy).analyse(call);
    return [fake(ref as ServiceRef<{ analyse: typeof analyse }>, { analyse })];
  });
}

function isService(value: unknown): value is ServiceRef {
  return typeof value === 'object' && value !== null && (value as { $$type?: unknown }).$$type === 'vp.service';
}

function ignoreMissing(error: unknown): void {
  if ((error as { code?: unknown }).code !== 'ENOENT') throw error;
}
