/** All that is found in one call, within bounds. */
import type { Effect, Facts, Field, SimpleCommand, Span, Stream, UnknownWhat } from '../types.ts';
import type { CommandNode, CompoundList, Script } from './parse.ts';
import type { Ground } from './paths.ts';
import type { State } from './state.ts';

/** Bounds of one analysis. */
export const LIMITS = { nodes: 5000, file: 5000, depth: 8, syntax: 60, commands: 1000, effects: 2000, unknowns: 64, calls: 400 } as const;

/** Where in the call a command stands. */
export interface Scene {
  readonly state: State;
  readonly via: readonly string[];
  /** Set inside texts that are not the call's own: the part of the call that holds them. */
  readonly outer: Span | undefined;
  readonly certain: boolean;
  /** What cannot be told here is not reported: the text was there before and runs as part of something larger. */
  readonly quiet: boolean;
  /** Texts within texts. */
  readonly depth: number;
  /** Compound commands within compound commands. */
  readonly syntax: number;
  /** Functions and files being run. */
  readonly calls: readonly string[];
  /** In the background or beside another command since the last function call. */
  readonly beside: boolean;
}

/** The steps of the walk, which call each other without end: each reaches the others through here. */
export interface Engine {
  /** Shell text that is a part of the call. */
  text(analysis: Analysis, scene: Scene, text: Field): Stream;
  script(analysis: Analysis, scene: Scene, script: Script): Stream;
  list(analysis: Analysis, scene: Scene, list: CompoundList | undefined): Stream;
  command(analysis: Analysis, scene: Scene, node: CommandNode, next: CommandNode | null): Stream;
  /** Words after expansion. */
  words(analysis: Analysis, scene: Scene, call: Call): Stream;
}

/** Words about to run. */
export interface Call {
  readonly words: readonly Field[];
  readonly stdin: Stream;
  readonly env: ReadonlyMap<string, Field>;
  /** The words of the command that reads its output, where one does and they are plain. */
  readonly next: readonly string[] | null;
  readonly silent: boolean;
  readonly span: Span | undefined;
}

/** Collects what a call would do. */
export class Analysis {
  readonly effects: Effect[] = [];
  readonly commands: SimpleCommand[] = [];
  readonly unknowns: { what: UnknownWhat; why: string; span?: Span }[] = [];
  readonly ground: Ground;
  readonly engine: Engine;
  #nodes = 0;
  #quiet = 0;
  #calls = 0;
  #stopped = false;
  readonly #seen = new Set<string>();

  constructor(ground: Ground, engine: Engine) {
    this.ground = ground;
    this.engine = engine;
  }

  /** Counts a node. False: enough has been looked at. */
  spend(scene: Scene): boolean {
    // What a file of the project holds is looked at as far as its own bounds go; the call itself must be seen in full.
    if (scene.quiet)
      return (this.#quiet += 1) <= LIMITS.file && scene.depth <= LIMITS.depth && scene.syntax <= LIMITS.syntax && !this.#isFull();
    this.#nodes += 1;
    if (this.#stopped) return false;
    if (this.#nodes > LIMITS.nodes || this.#isFull()) {
      return this.stop('the command holds too many steps');
    }
    if (scene.depth > LIMITS.depth || scene.syntax > LIMITS.syntax) return this.stop('the command is nested too deeply');
    return true;
  }

  #isFull(): boolean {
    return this.commands.length >= LIMITS.commands || this.effects.length >= LIMITS.effects;
  }

  /** Counts the run of a function, a file or a loop's round. False: enough. */
  call(): boolean {
    this.#calls += 1;
    return this.#calls <= LIMITS.calls || this.stop('the command calls itself too often');
  }

  /** Ends the analysis: what is left is not known. */
  stop(why: string): false {
    if (!this.#stopped) this.unknown('too-deep', why);
    this.#stopped = true;
    return false;
  }

  unknown(what: UnknownWhat, why: string, span?: Span): void {
    if (this.unknowns.length >= LIMITS.unknowns) return;
    if (this.#new(`u ${what} ${why} ${span?.start}`)) this.unknowns.push(span ? { what, why, span } : { what, why });
  }

  effect(effect: Effect): void {
    const key = `e ${effect.op} ${effect.target} ${effect.scope} ${effect.certain} ${effect.span?.start} ${effect.span?.end}`;
    if (this.effects.length >= LIMITS.effects) this.stop('the command does too many things');
    else if (this.#new(key)) this.effects.push(effect);
  }

  /** The number of the command. */
  command(command: SimpleCommand): number {
    return this.commands.push(command) - 1;
  }

  facts(): Facts {
    return { effects: this.effects, commands: this.commands, unknowns: this.unknowns };
  }

  #new(key: string): boolean {
    if (this.#seen.has(key)) return false;
    this.#seen.add(key);
    return true;
  }
}

/** The place of a node in the call's text. */
export function spanOf(scene: Scene, node: { readonly pos: number; readonly end: number }): Span {
  return scene.outer ?? { start: node.pos, end: node.end };
}
