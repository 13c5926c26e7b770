/** One command at its place: what its table of effects says and asks goes through here. */
import { OPS } from '../tables/ops.ts';
import { guardAt } from '../tables/guards.ts';
import { secretAt } from '../tables/secrets.ts';
import {
  ANY,
  FROM_FILE,
  FROM_GUARD,
  FROM_SECRET,
  type AnalyseContext,
  type Detail,
  type Effect,
  type Field,
  type Inner,
  type Language,
  type Op,
  type Place,
  type Shell,
  type Span,
  type Stream,
  type UnknownWhat,
} from '../types.ts';
import type { Analysis, Scene } from './analysis.ts';
import { scanCode } from './code.ts';
import { field, readable } from './fields.ts';
import { runFile, runProjectText, runRecipes, writtenContent } from './files.ts';
import { insideContainer } from './mounts.ts';
import { absolute, behindLink, isBelow, locate } from './paths.ts';
import { runInner, runInnerText } from './inner.ts';
import { SOME_FILE } from './streams.ts';

/** The `Shell` of one simple command. */
export class Frame implements Shell {
  readonly analysis: Analysis;
  readonly scene: Scene;
  readonly span: Span | undefined;
  /** Origins of all that it reads. */
  taint = 0;
  readonly #command: number | undefined;

  constructor(analysis: Analysis, scene: Scene, span: Span | undefined, command?: number) {
    this.analysis = analysis;
    this.scene = scene;
    this.span = span;
    this.#command = command;
  }

  /** The same command at another place. */
  at(scene: Scene): Frame {
    return new Frame(this.analysis, scene, this.span, this.#command);
  }

  get context(): AnalyseContext {
    return this.analysis.ground.context;
  }

  get workspace(): string {
    return this.analysis.ground.workspace;
  }

  get cwd(): Field {
    return field(this.scene.state.cwd ?? ANY);
  }

  effect(op: Op, target: string | null, detail: Detail = {}): void {
    const shown = target === null ? null : readable(target);
    const span = detail.span ?? this.span;
    this.analysis.effect({
      kind: op.slice(0, op.indexOf('.')) as Effect['kind'],
      op,
      target: shown,
      ...(detail.scope && { scope: detail.scope }),
      certain: (detail.certain ?? true) && this.scene.certain,
      words: detail.words ?? (shown === null ? OPS[op] : `${OPS[op]}: ${shown}`),
      ...(this.#command !== undefined && { command: this.#command }),
      ...(span && { span }),
    });
  }

  unknown(what: UnknownWhat, why: string, span?: Span): void {
    if (!this.scene.quiet) this.analysis.unknown(what, why, span ?? this.span);
  }

  place(path: Field): Place {
    const { state } = this.scene;
    if (state.remote !== null) return { path: path.text.includes(ANY) ? null : `${state.remote}:${path.text}`, scope: 'unknown' };
    const real = state.mounts ? insideContainer(path, state) : path;
    if (!real) return { path: null, scope: 'temp' };
    return locate(real, state.cwd, this.analysis.ground);
  }

  deletes(path: Field, op: Op = 'delete.file'): void {
    this.#changes(path, op, 'deletes');
  }

  writes(path: Field, op: Op = 'write.create', content?: Stream): void {
    const place = this.#changes(path, op, 'writes');
    if (!place?.path || this.scene.state.remote !== null) return;
    const { written } = this.analysis.ground.traces;
    if (content && (op === 'write.create' || op === 'write.append')) {
      written.set(place.path, content);
      this.wrote(place.path, content);
    } else if (op !== 'write.mode' && op !== 'write.mode-recursive') written.set(place.path, SOME_FILE);
  }

  /** Looks at what was written to a path, as something that may run later. */
  wrote(path: string, content: Stream): void {
    writtenContent(this, path, content);
  }

  reads(path: Field): void {
    if (path.text.startsWith('/dev/fd/')) {
      this.taint |= path.taint;
      return;
    }
    const place = this.place(path);
    if (place.scope === 'temp' && place.path?.startsWith('/dev/')) return;
    if (place.path === null && this.scene.quiet) return;
    const known = place.path === null ? undefined : this.analysis.ground.traces.written.get(place.path);
    this.taint |= known?.taint ?? FROM_FILE;
    const secret = place.path === null ? undefined : this.#secret(path, place.path);
    if (secret) this.taint |= FROM_SECRET;
    if (place.path !== null && isBelow(place.path, this.context.vp.home)) this.taint |= FROM_GUARD;
    if (secret) this.effect(secret === 'env' ? 'secret.env-file' : 'secret.read', place.path, { scope: place.scope, span: path.span });
    else this.effect('read.file', place.path, { scope: place.scope, span: path.span });
  }

  readsSecret(path: Field): void {
    const place = this.place(path);
    if (place.path !== null && this.#secret(path, place.path) === 'secret' && place.path !== this.context.home) this.reads(path);
  }

  linked(path: string, to: Place): void {
    this.analysis.ground.traces.links.set(path, { to: to.path, inside: to.scope === 'workspace' });
  }

  run(words: readonly Field[], via: string, inner: Inner = {}): Stream {
    return runInner(this, words, via, inner);
  }

  script(text: Field, via: string, inner: Inner = {}): Stream {
    return runInnerText(this, text, via, inner);
  }

  code(language: Language, text: Field, via: string): void {
    scanCode(this, language, text, via);
  }

  content(text: Field, via: string, made = false): void {
    runProjectText(this, text, via, made);
  }

  textOf(path: Field): { readonly text: string; readonly made: boolean } | undefined {
    const at = this.place(path).path;
    if (at === null) return undefined;
    const made = this.analysis.ground.traces.written.get(at);
    const text = made ? made.text : this.context.readScript(at);
    return typeof text === 'string' ? { text, made: made !== undefined } : undefined;
  }

  recipes(file: Field | undefined, targets: readonly string[]): void {
    runRecipes(this, file, targets);
  }

  file(path: Field, via: string, inner: Inner & { readonly language?: Language | 'shell' } = {}): void {
    runFile(this, path, via, inner);
  }

  /** A change at a path: the effect itself, and what of VP, the agent or the system it tampers with. */
  #changes(path: Field, op: Op, verb: string): Place | undefined {
    const place = this.place(path);
    if (place.scope === 'temp' && (place.path === null || /^\/(?:dev|proc)\/(?!shm)/.test(place.path))) return undefined;
    if (place.path === null && this.scene.quiet) return undefined;
    this.#elsewhere(path, op, place);
    const detail = { scope: place.scope, span: path.span };
    const device = place.scope === 'device' && op.startsWith('write.') && !op.startsWith('write.mode');
    this.effect(device ? 'write.device' : op, place.path, detail);
    if (place.scope === 'unknown') this.unknown('target', `what it ${verb} cannot be told: ${readable(path.text)}`, path.span);
    if (path.text.length > 4096) return place;
    const lexical = path.text.startsWith('/') || this.scene.state.cwd === null ? path.text : absolute(this.scene.state.cwd, path.text);
    for (const at of new Set([place.path, lexical])) {
      const guard = at === null || this.scene.state.remote !== null ? undefined : guardAt(at, this.context.home, this.context.vp);
      if (!guard) continue;
      this.effect(guard, at, detail);
      break;
    }
    return place;
  }

  /** Where a `cd` may have failed, the same change may happen in the folder before. */
  #elsewhere(path: Field, op: Op, place: Place): void {
    const { state } = this.scene;
    if (path.text.startsWith('/') || state.remote !== null || state.mounts) return;
    for (const cwd of state.also) {
      const other = locate(path, cwd, this.analysis.ground);
      const worse = other.scope !== place.scope && other.scope !== 'workspace' && other.scope !== 'temp';
      if (worse) this.effect(op, other.path, { scope: other.scope, span: path.span, certain: false });
    }
  }

  #secret(path: Field, at: string): 'secret' | 'env' | undefined {
    if (this.scene.state.remote !== null) return undefined;
    const lexical = path.text.startsWith('/') ? absolute('/', path.text) : at;
    const behind = behindLink(at, this.analysis.ground.traces);
    return secretAt(at, this.context.home) ?? secretAt(behind, this.context.home) ?? secretAt(lexical, this.context.home);
  }
}
