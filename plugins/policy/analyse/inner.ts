/** Commands inside commands: under a wrapper, in the text of `-c`, on another machine. */
import { FROM_NET, type Field, type Inner, type Stream } from '../types.ts';
import type { Scene } from './analysis.ts';
import { isKnown } from './fields.ts';
import type { Frame } from './frame.ts';
import { fork } from './state.ts';
import { NOTHING } from './streams.ts';

const MAX_WAY = 24;

/** Runs words as a command. */
export function runInner(frame: Frame, words: readonly Field[], via: string, inner: Inner): Stream {
  const [first] = words;
  if (!first) return NOTHING;
  const scene = innerScene(frame, via, inner);
  if (!frame.analysis.spend(scene)) return NOTHING;
  return frame.analysis.engine.words(frame.analysis, scene, {
    words,
    stdin: scene.state.stdin,
    env: new Map(),
    next: null,
    silent: false,
    span: frame.span,
  });
}

/** Runs shell text. */
export function runInnerText(frame: Frame, text: Field, via: string, inner: Inner): Stream {
  if (text.taint & FROM_NET && !isKnown(text.text)) frame.effect('exec.download', null);
  const scene = innerScene(frame, via, inner);
  return frame.analysis.engine.text(frame.analysis, { ...scene, outer: text.span ?? frame.span ?? scene.outer }, text);
}

function innerScene(frame: Frame, via: string, inner: Inner): Scene {
  const { scene } = frame;
  const state = inner.apart === false ? scene.state : fork(scene.state);
  if (inner.stdin) state.stdin = inner.stdin;
  if (inner.positional) state.positional = inner.positional;
  if (inner.zero) state.vars.set('0', [inner.zero]);
  if (inner.cwd) state.cwd = frame.place(inner.cwd).path;
  if (inner.remote !== undefined) Object.assign(state, { remote: inner.remote, cwd: null, functions: new Map(), mounts: null });
  if (inner.mounts) Object.assign(state, { mounts: inner.mounts, cwd: inner.mounts[0]?.inside ?? '/' });
  if (inner.cwd && inner.mounts) state.cwd = inner.cwd.text;
  return {
    ...scene,
    state,
    via: scene.via.length < MAX_WAY ? [...scene.via, via] : scene.via,
    certain: scene.certain && !inner.uncertain,
    syntax: scene.syntax + 1,
  };
}
