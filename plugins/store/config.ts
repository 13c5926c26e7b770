/** The plugin's options, as `plugin.json` validates them and fills in the defaults. */

/** The options. Sizes in 1,000 bytes (`Kb`) and 10^6 bytes (`Mb`). */
export interface Options {
  readonly eventsKeepDays: number;
  readonly eventsMax: number;
  readonly batchKb: number;
  readonly callMb: number;
  readonly cacheMb: number;
  readonly busyMs: number;
}
