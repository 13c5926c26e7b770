/** What the kernel and the compiler's process say to each other, a line of JSON each. */
import type { Input } from '../cache.ts';

/** What the process is asked to do. `keep` is the file to keep the result in. */
export type Task = ManifestTask | BundleTask;

/** Read what the definition in the default export says, as far as it is plain values. */
export interface ManifestTask {
  readonly k: 'manifest';
  readonly file: string;
  readonly keep?: string;
}

/** Make one script of an entry and all that it imports. */
export interface BundleTask {
  readonly k: 'bundle';
  readonly file: string;
  /** File of each path of the SDK that a plugin may import. */
  readonly sdk: Readonly<Record<string, string>>;
  readonly keep?: string;
}

/** What a definition says, unchecked. */
export interface Inline {
  readonly inline: unknown;
  /** Names under `hooks`. */
  readonly hooks: readonly string[];
  /** What cannot be read without running it, with its places; there are more where `more` is above 0. */
  readonly problems: readonly string[];
  readonly more: number;
}

/** Why there is no result. `file` is the one at fault, where it is not the entry. */
export type Failure =
  | { readonly why: 'syntax'; readonly text: string; readonly file?: string }
  | { readonly why: 'unread'; readonly text: string }
  | { readonly why: 'size'; readonly bytes: number; readonly limit: number }
  | { readonly why: 'builtin'; readonly module: string; readonly chain: string }
  | { readonly why: 'no-plugin' }
  | { readonly why: 'long-entry'; readonly bytes: number; readonly limit: number }
  /** The compiler proper was ended, by this source or before. */
  | { readonly why: 'gone' };

/**
 * What the process says. After `built` come two lines: the script as JSON and its source map. All but `read` end a task.
 */
export type Said =
  | { readonly k: 'read'; readonly path: string }
  | { readonly k: 'failed'; readonly failure: Failure }
  | ({ readonly k: 'inline' } & Inline)
  | BuiltHead;

/** The first of the three lines that a bundle is sent and kept as. */
export interface BuiltHead {
  readonly k: 'built';
  readonly inputs: readonly Input[];
  /** The package.json files that say where imports lead. */
  readonly packages: readonly Input[];
  /** SHA-256 of the other two lines: half a file is no bundle. */
  readonly hash: string;
}

/** Characters of a line, whatever it says. */
export const MAX_LINE = 10 * 1024 * 1024;
/** Bytes of a line that is parsed in one go beside others' work; the script has a limit of its own. */
export const MAX_HEAD = 2 * 1024 * 1024;
