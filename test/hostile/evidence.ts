/** What is known of one run: gathered in the kernel, but for `told`, which the shim says from inside the isolate. */
import type { Attributed, Finding, Level } from '@vp/sdk';
import type { Program } from './programs.ts';
import type { Variant } from './package.ts';
import type { Sent } from './network.ts';

/** Said by the shim: `what` happened, with two words on it. See fixtures/shim.js. */
export interface Told {
  readonly what: string;
  readonly a: string;
  readonly b: string;
}

/** One tool call that was judged. */
export interface Call {
  readonly id: string;
  readonly command: string;
  /** The kernel's verdict without any plugin. */
  readonly base: Level;
  readonly verdict: Level;
  readonly findings: readonly Attributed<Finding>[];
  /** Whether the hostile plugin guarded calls when this one was asked, and when it was answered. */
  readonly guarded: boolean;
  /** Set where the pass itself failed. */
  readonly error?: string;
}

/** A line that a logger of the kernel was given for the plugin. */
export interface Line {
  readonly level: string;
  readonly text: string;
  /** Whether it came from the guest; the rest is what the kernel says of it. */
  readonly isGuests: boolean;
}

export interface Evidence {
  readonly program: Program;
  readonly variant: Variant;
  /** Its name as a plugin. */
  readonly plugin: string;
  readonly told: readonly Told[];
  /** Why it was not put in force. */
  readonly refusal: { readonly code: string; readonly message: string } | undefined;
  readonly wasActive: boolean;
  readonly kills: readonly { readonly reason: string; readonly detail: string }[];
  readonly dropped: { readonly logs: number; readonly messages: number; readonly events: number };
  readonly calls: readonly Call[];
  readonly lines: readonly Line[];
  /** Lines that may be delivered in the windows that the run touched. */
  readonly lineCap: number;
  /** What was heard of it once it was unloaded. */
  readonly afterUnload: readonly string[];
  readonly sent: readonly Sent[];
  /** What changed outside of what it may write. */
  readonly changes: readonly string[];
  /** Texts that must not have got out. */
  readonly secrets: readonly string[];
  readonly isPolluted: boolean;
  /** The good plugin beside it: of the calls that it must deny, those that were denied in its name, and those in its own words. */
  readonly neighbour: {
    readonly state: string;
    readonly kills: number;
    readonly asked: number;
    readonly answered: number;
    readonly spoken: number;
  };
  /** Turns of the kernel's event loop in each phase, the longest time between two, and the most processor time used between two. */
  readonly loop: { readonly turns: readonly number[]; readonly longestMs: number; readonly heldMs: number };
  /** Host processes that were still there when the kernel had stopped. */
  readonly processesLeft: readonly number[];
}
