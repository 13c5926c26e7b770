/** What the parts of the policy share: expanded words, where a command runs, and what an effect table may ask for. */
import type { Effect, Facts, SimpleCommand, Span } from '@vp/sdk';
import type { Op } from './tables/ops.ts';

export type { Effect, Facts, SimpleCommand, Span };
export type { Op };

/** What one must know of the machine. Given by the caller, so that judging is a pure function in tests. */
export interface AnalyseContext {
  /** The user's home folder, absolute. */
  readonly home: string;
  /** A variable of the session's environment. */
  env(name: string): string | undefined;
  /** The path with its symbolic links followed as far as it exists. */
  resolvePath(path: string): string;
  /** Text of a file that is about to run, at most 256 KB; undefined where there is none or it is not text. */
  readScript(path: string): string | undefined;
  /** VP's own state folder, and further places of VP: config, charters, plugins, socket. */
  readonly vp: { readonly home: string; readonly guarded: readonly string[] };
  /** Whether a process is VP's: the kernel, a holder, another session. Absent: that cannot be told. */
  isGuardedProcess?(pid: number): boolean;
  /** What is known of a tool that is not the agent's own, as its server says; undefined where nothing. */
  toolHints?(tool: string): { readonly readOnly?: boolean; readonly destructive?: boolean } | undefined;
}

/** Where a path lies. */
export type Scope = NonNullable<Effect['scope']>;

export type UnknownWhat = Facts['unknowns'][number]['what'];

/** In a text: some characters that cannot be told, at least one, none of them a slash. */
export const TOKEN = '\uE000';
/** In a text: nothing can be told of what stands here. */
export const ANY = '\uE001';

/** Where content comes from, as bits. */
export const FROM_NET = 1;
export const FROM_SECRET = 2;
export const FROM_FILE = 4;
/** Numbers of processes found by their names. */
export const FROM_PROCESSES = 8;
/** Numbers of VP's own processes. */
export const FROM_GUARD = 16;

/** One word after expansion. `text` holds TOKEN and ANY where something is not known. */
export interface Field {
  readonly text: string;
  /** Holds wildcards that the shell expands. */
  readonly glob: boolean;
  /** Bits FROM_*. */
  readonly taint: number;
  readonly span?: Span | undefined;
}

/** What flows into or out of a command. */
export interface Stream {
  /** The whole text; null where it cannot be told. */
  readonly text: string | null;
  /** Names of files, one a line, as path patterns; null where it is not a list of paths. */
  readonly paths: readonly Field[] | null;
  readonly taint: number;
  /** What it is a dump of, for tools that only see part of it. */
  readonly dump?: boolean;
}

/** Nothing comes in. What is piped in and not known is another object. */
export const QUIET: Stream = Object.freeze({ text: null, paths: null, taint: 0 });

/** Code in another language than the shell's. */
export type Language = 'python' | 'perl' | 'ruby' | 'node' | 'php' | 'awk' | 'lua' | 'other';

/** A path, resolved. */
export interface Place {
  /** Absolute, links followed; null where it cannot be told. A wildcard stands for what it may match. */
  readonly path: string | null;
  readonly scope: Scope;
}

/** More about an effect. */
export interface Detail {
  readonly certain?: boolean;
  readonly scope?: Scope;
  readonly words?: string;
  readonly span?: Span | undefined;
}

/** How a command inside another one runs. */
export interface Inner {
  readonly stdin?: Stream;
  /** Folder; null where it cannot be told. */
  readonly cwd?: Field;
  /** A machine that is not this one. */
  readonly remote?: string;
  /** A container with these folders of the host in it. */
  readonly mounts?: readonly Mount[];
  /** It may run or not, or on what cannot be told. */
  readonly uncertain?: boolean;
  /** Arguments of a script: `$1` and so on. */
  readonly positional?: readonly Field[];
  /** `$0`. */
  readonly zero?: Field;
  /** Its own process, so nothing it changes stays. Default true. */
  readonly apart?: boolean;
}

/** A folder of the host inside a container. */
export interface Mount {
  readonly host: Field;
  readonly inside: string;
}

/** One simple command as a table of effects sees it. */
export interface Invocation {
  readonly name: string;
  /** The program as written, its folder included. */
  readonly program: string;
  /** Arguments after the program. */
  readonly args: readonly Field[];
  readonly stdin: Stream;
  /** Names in the command's own environment, set for it or exported in the same call. */
  readonly env: ReadonlyMap<string, Field>;
  /** The words of the command that reads its output, where one does and they are plain. */
  readonly next: readonly string[] | null;
  /** Its output goes nowhere or into a file. */
  readonly silent: boolean;
}

/** What a table of effects can say and ask. */
export interface Shell {
  readonly context: AnalyseContext;
  readonly workspace: string;
  /** Origins, as bits FROM_*, of all that the command has read so far. */
  taint: number;
  /** Adds an effect. */
  effect(op: Op, target: string | null, detail?: Detail): void;
  /** Adds something that cannot be told. */
  unknown(what: UnknownWhat, why: string, span?: Span): void;
  /** Where a path lies. */
  place(path: Field): Place;
  /** The current folder as a field. */
  readonly cwd: Field;
  deletes(path: Field, op?: Op): void;
  writes(path: Field, op?: Op, content?: Stream): void;
  reads(path: Field): void;
  /** Reads the path only as far as it is a secret: for words of which it is not known whether they are paths. */
  readsSecret(path: Field): void;
  /** Notes a link made by this call. */
  linked(path: string, to: Place): void;
  /** Runs a command given as words. Answers what it prints. */
  run(words: readonly Field[], via: string, inner?: Inner): Stream;
  /** Runs shell text. */
  script(text: Field, via: string, inner?: Inner): Stream;
  /** Runs code of another language. */
  code(language: Language, text: Field, via: string): void;
  /** Runs shell text that stands in a file of the project: what cannot be told in it is not reported. */
  content(text: Field, via: string, made?: boolean): void;
  /** The text of a file where it is known. `made`: this call has written it. */
  textOf(path: Field): { readonly text: string; readonly made: boolean } | undefined;
  /** Runs targets of the Makefile here, or of the file given. */
  recipes(file: Field | undefined, targets: readonly string[]): void;
  /** Runs the file, whatever it holds. */
  file(path: Field, via: string, inner?: Inner & { readonly language?: Language | 'shell' }): void;
}

/** The effects of one program. Answers what it prints where that is known. */
export type Handler = (cmd: Invocation, shell: Shell) => Stream | undefined | void;

/** Programs by name. */
export type Handlers = Readonly<Record<string, Handler>>;
