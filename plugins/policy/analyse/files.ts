/** Files that are run, or that are written to be run later: what they hold counts, as something that may happen. */
import { contentOf, runsLater, setsUp, type Content } from '../tables/places.ts';
import { FROM_NET, type Field, type Inner, type Language, type Stream } from '../types.ts';
import { withText } from './fields.ts';
import type { Frame } from './frame.ts';
import { scanCode } from './code.ts';
import { walkMakefile, walkPackage, walkPipelineFile } from './recipes.ts';
import { fork } from './state.ts';

const MAX_SCRIPT = 256 * 1024;

/** Runs the content of a file. */
export function runFile(frame: Frame, path: Field, via: string, inner: Inner & { readonly language?: Language | 'shell' }): void {
  const place = frame.place(path);
  const at = place.path;
  if (frame.scene.state.remote !== null || (frame.scene.state.mounts && at === null)) return;
  if (at === null) {
    frame.effect('exec.script', null, { certain: false });
    return frame.unknown('script', 'which script runs cannot be told', path.span);
  }
  const written = frame.analysis.ground.traces.written.get(at) ?? frame.analysis.ground.traces.written.get(path.text);
  if (written) return runWritten(frame, withText(path, at), written, via, inner);
  const text = frame.context.readScript(at);
  frame.effect('exec.script', at, { scope: place.scope });
  const inside = place.scope === 'workspace' || place.scope === 'system' || setsUp(at);
  if (text === undefined && !inside) return frame.unknown('script', 'the script lies outside the workspace and cannot be read', path.span);
  if (text === undefined || text.length > MAX_SCRIPT || frame.scene.calls.includes(at)) return;
  runContent(frame, withText(path, at), text, inner.language ?? contentOf(at, text) ?? 'shell', via, inner);
}

function runWritten(
  frame: Frame,
  path: Field,
  content: Stream,
  via: string,
  inner: Inner & { readonly language?: Language | 'shell' },
): void {
  const target = path.text.startsWith('/dev/fd/') ? null : path.text;
  if (content.taint & FROM_NET) return frame.effect('exec.download', target);
  if (target !== null) frame.effect('exec.script', target, { scope: frame.place(path).scope });
  if (content.text === null) return frame.unknown('script', 'the script is made by this call and its content cannot be told', path.span);
  const language = inner.language ?? contentOf(path.text, content.text) ?? 'shell';
  if (language === 'shell')
    frame.analysis.engine.text(frame.analysis, contentScene(frame, path.text, via, inner, true), { ...path, text: content.text });
  else if (isLanguage(language)) scanCode(frame, language, { ...path, text: content.text }, via);
}

/** Looks at content that a call writes and that something would run later. */
export function writtenContent(frame: Frame, path: string, content: Stream): void {
  if (content.text === null || content.text.length < 2) return;
  const kind = contentOf(path, content.text);
  if (!runsLater(kind)) return;
  frame.effect('exec.script-content', path, { certain: false, scope: frame.place({ text: path, glob: false, taint: 0 }).scope });
  runContent(frame, { text: path, glob: false, taint: 0, span: frame.span }, content.text, kind, 'written', {});
}

/** Looks at the content of a file as what would run. */
export function runContent(frame: Frame, path: Field, text: string, kind: Content, via: string, inner: Inner): void {
  if (frame.scene.calls.length > 3 || !frame.analysis.call()) return;
  const scene = contentScene(frame, path.text, via, inner, false);
  const body = { ...path, text };
  const inside = frame.at(scene);
  switch (kind) {
    case 'shell':
      frame.analysis.engine.text(frame.analysis, scene, body);
      return;
    case 'make':
      return walkMakefile(inside, body);
    case 'package':
      return walkPackage(inside, body);
    case 'ci':
      return walkPipelineFile(inside, body);
    case 'docker':
      return;
    default:
      return scanCode(inside, kind, body, via);
  }
}

/** Runs shell text that stands in a file of the project, such as a script of package.json. */
export function runProjectText(frame: Frame, text: Field, via: string, made: boolean): void {
  if (frame.scene.calls.includes(via) || frame.scene.calls.length > 3 || !frame.analysis.call()) return;
  const scene = contentScene(frame, via, via, {}, made);
  frame.analysis.engine.text(frame.analysis, scene, text);
}

const MAKEFILES = ['GNUmakefile', 'makefile', 'Makefile'];

/** Runs targets of a Makefile. */
export function runRecipes(frame: Frame, file: Field | undefined, targets: readonly string[]): void {
  for (const name of file ? [file] : MAKEFILES.map((one) => ({ text: one, glob: false, taint: 0 }))) {
    const at = frame.place(name).path;
    const text = at === null ? undefined : (frame.analysis.ground.traces.written.get(at)?.text ?? frame.context.readScript(at));
    if (at === null || typeof text !== 'string' || frame.scene.calls.includes(`${at} ${targets.join(' ')}`)) continue;
    const scene = contentScene(frame, `${at} ${targets.join(' ')}`, 'make', {}, false);
    return walkMakefile(frame.at(scene), { ...name, text, span: frame.span }, targets);
  }
}

function contentScene(frame: Frame, path: string, via: string, inner: Inner, known: boolean): Frame['scene'] {
  const { scene } = frame;
  const state = inner.apart === false ? scene.state : fork(scene.state);
  state.positional = inner.positional ?? [];
  return {
    ...scene,
    state,
    via: [...scene.via, via],
    certain: scene.certain && known,
    quiet: scene.quiet || !known,
    outer: frame.span ?? scene.outer ?? { start: 0, end: 0 },
    calls: [...scene.calls, path],
  };
}

function isLanguage(content: Content): content is Language {
  return !runsLater(content) && content !== 'docker';
}
