/** The plugin's options, as `plugin.json` validates them and fills in the defaults. */

/** How long each rung of the stop ladder is given, milliseconds. */
export interface StopTimes {
  readonly interruptMs: number;
  readonly eofMs: number;
  readonly termMs: number;
}

/** The options. Sizes in megabytes (10^6 bytes), times in milliseconds. */
export interface Options {
  readonly bin?: string;
  readonly env: { readonly pass: readonly string[] };
  readonly withoutFacts: 'ask' | 'allow';
  readonly allowUngoverned: boolean;
  readonly presets: { readonly 'claude-flow': readonly string[] };
  readonly canary: boolean;
  readonly stop: StopTimes;
  readonly transcriptMb: number;
  readonly lineMb: number;
  readonly reserveMb: number;
  readonly openMs: number;
  readonly retentionMs: number;
  readonly keepEnded: number;
  readonly keepMb: number;
}
