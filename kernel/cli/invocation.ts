/** One command line, taken apart: what every command is given. */
export interface Invocation {
  readonly args: readonly string[];
  /** By long name in camel case. */
  readonly options: Readonly<Record<string, unknown>>;
  /** `--json` was given: print JSON only. */
  readonly json: boolean;
}
