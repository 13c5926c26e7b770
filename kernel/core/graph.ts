/** In which order plugins start: providers before those who use them, else as the config lists them. */
import type { HookName } from '@vp/sdk';
import { kernelError } from './errors.ts';
import { HOOKS } from '../hooks/table.ts';

/** What the graph needs to know of a plugin. */
export interface Node {
  readonly name: string;
  readonly needs: readonly string[];
  readonly wants: readonly string[];
  readonly provides: readonly string[];
  readonly fires: readonly HookName[];
}

/**
 * Orders the plugins.
 * @throws VP_GRAPH_CYCLE, VP_GRAPH_MISSING, VP_GRAPH_PROVIDERS, VP_HOOK_FIRERS, each naming the plugins at fault.
 */
export function orderPlugins<N extends Node>(nodes: readonly N[]): N[] {
  const providers = providersOf(nodes);
  checkFirers(nodes);
  const sorted: N[] = [];
  const open: N[] = [];
  const visit = (node: N): void => {
    if (sorted.includes(node)) return;
    if (open.includes(node)) throw cycleOf([...open.slice(open.indexOf(node)), node]);
    open.push(node);
    for (const service of node.needs) visit(providerOf(providers, service, node));
    for (const service of node.wants) {
      const provider = providers.get(service);
      // A wanted service that would close a circle is simply not waited for.
      if (provider !== undefined && !open.includes(provider)) visit(provider);
    }
    open.pop();
    sorted.push(node);
  };
  nodes.forEach(visit);
  return sorted;
}

function providersOf<N extends Node>(nodes: readonly N[]): Map<string, N> {
  const providers = new Map<string, N>();
  for (const node of nodes) {
    for (const service of node.provides) {
      const other = providers.get(service);
      if (other) throw kernelError('VP_GRAPH_PROVIDERS', { service, first: other.name, second: node.name }, { plugin: node.name });
      providers.set(service, node);
    }
  }
  return providers;
}

function providerOf<N extends Node>(providers: ReadonlyMap<string, N>, service: string, node: N): N {
  const provider = providers.get(service);
  if (provider === undefined) throw kernelError('VP_GRAPH_MISSING', { plugin: node.name, service }, { plugin: node.name });
  return provider;
}

function checkFirers(nodes: readonly Node[]): void {
  const firers = new Map<HookName, string[]>();
  for (const node of nodes) for (const hook of node.fires) firers.set(hook, [...(firers.get(hook) ?? []), node.name]);
  for (const [hook, names] of firers) {
    const [first = '', second = ''] = names.slice(-2);
    if (names.length > HOOKS[hook].firers) throw kernelError('VP_HOOK_FIRERS', { hook, first, second }, { plugin: second });
  }
}

function cycleOf(nodes: readonly Node[]): Error {
  return kernelError('VP_GRAPH_CYCLE', { cycle: nodes.map((node) => node.name).join(' -> ') }, { plugin: nodes[0]?.name ?? '' });
}
