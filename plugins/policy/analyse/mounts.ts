/** Paths inside a container: those below a mounted folder are the host's. */
import { ANY, type Field } from '../types.ts';
import { withText } from './fields.ts';
import { absolute, isBelow } from './paths.ts';
import type { State } from './state.ts';

/** The host's path for one inside; undefined where it stays in the container. */
export function insideContainer(path: Field, state: State): Field | undefined {
  if (path.text.includes(ANY)) return state.mounts && state.mounts.length > 0 ? path : undefined;
  const inside = absolute(state.cwd ?? '/', path.text);
  let best: { readonly host: Field; readonly inside: string } | undefined;
  for (const mount of state.mounts ?? []) {
    if (isBelow(inside, mount.inside) && (best === undefined || mount.inside.length > best.inside.length)) best = mount;
  }
  if (!best) return undefined;
  const rest = inside.slice(best.inside === '/' ? 1 : best.inside.length + 1);
  return withText(path, rest === '' ? best.host.text : `${best.host.text.replace(/\/$/, '')}/${rest}`);
}
