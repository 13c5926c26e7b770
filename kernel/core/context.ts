/** The context that a plugin holds: thin, each call goes to the part of the kernel that does the work. */
import { serviceName, type HookName, type HookResults, type PluginContext, type Previous, type ServiceRef, type Undo } from '@vp/sdk';
import { kernelError, reasonOf } from './errors.ts';
import type { Generation } from './generation.ts';
import type { Host } from './host.ts';
import { provisionOf } from './services.ts';
import { environment, files, keyValue } from './tools.ts';

const DISCOVERS = { hint: 'Add "discovers": true to its manifest.' };

/** Makes the context of one generation. */
export function createContext(generation: Generation, host: Host, previous: Previous | undefined): PluginContext {
  const { loaded, scope } = generation;
  const { name } = loaded;
  const own: PluginContext['own'] = (label, thing) => scope.own(label, thing);
  const declared = (ref: ServiceRef, lists: readonly (readonly string[])[]): void => {
    const service = serviceName(ref);
    if (!lists.some((list) => list.includes(service)))
      throw kernelError('VP_SERVICE_UNDECLARED', { plugin: name, service }, { plugin: name });
  };

  const ctx: PluginContext = {
    name,
    config: loaded.options,
    log: host.log(name),
    signal: scope.signal,
    home: host.home,
    previous,
    kv: keyValue(host.home, name),
    fs: files(host.baseDir),
    env: environment(host.env),
    fetch: globalThis.fetch,
    own,
    hook: (hook, tap, options = {}) => own(`tap ${hook}`, generation.tap(hook, tap, options, ctx)),
    fire<H extends HookName>(hook: H, payload: unknown) {
      if (!loaded.fires.includes(hook)) throw kernelError('VP_HOOK_NOT_FIRED', { plugin: name, hook }, { plugin: name });
      return host.taps.fire(hook, payload) as HookResults[H];
    },
    provide(ref, implementation) {
      declared(ref, [loaded.provides]);
      const provision = provisionOf(ref, name, implementation);
      generation.provide(provision);
      own(`service ${serviceName(ref)}`, () => host.services.withdraw(provision));
      return { emit: (event, payload) => host.services.emit(provision, event, payload) };
    },
    use(ref) {
      declared(ref, [loaded.needs, loaded.wants]);
      return host.services.facade(ref, own);
    },
    discover(listener) {
      if (loaded.manifest.discovers !== true)
        throw kernelError('VP_SERVICE_UNDECLARED', { plugin: name, service: 'all services' }, DISCOVERS);
      const tell = (ref: ServiceRef): void => listener(ref, host.services.facade(ref, own));
      return own('discover', host.services.discover(tell));
    },
    has: (ref) => host.services.has(ref),
    setTimeout: (fn, ms) => ownTimer(ctx, 'timeout', fn, ms),
    setInterval: (fn, ms) => ownTimer(ctx, 'interval', fn, ms),
    shared(key, create, dispose) {
      const { value, release } = host.shared.hold(`${name} ${key}`, create, dispose);
      own(`shared ${key}`, release);
      return value;
    },
    onActivate: (fn) => void generation.activators.push(fn),
    onReady: (fn) => (generation.active && host.isReady() ? fn() : void generation.readiers.push(fn)),
    snapshot: (take) => void (generation.takeSnapshot = take),
    liveFiles: () => host.liveFiles(),
    workspace: (dir) => own(`workspace ${dir}`, host.workspaces.claim(dir)),
  };
  return Object.freeze(ctx);
}

function ownTimer(ctx: PluginContext, kind: 'timeout' | 'interval', fn: () => void, ms: number): Undo {
  let undo: Undo = () => undefined;
  // A plugin's timer that throws must not end the kernel.
  const run = (): void => void Promise.try(fn).catch((error: unknown) => ctx.log.error({ error: reasonOf(error) }, 'a timer threw'));
  const timer = kind === 'interval' ? setInterval(run, ms) : setTimeout(() => (void undo(), run()), ms);
  // Clearing a timeout clears an interval too.
  undo = ctx.own(`${kind} ${ms} ms`, () => clearTimeout(timer));
  return undo;
}
