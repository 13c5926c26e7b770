/** Errors as a table: a stable code, words for people, and what to do next. */

/** What an error may carry beside its message. */
export interface ErrorDetails {
  /** Absolute path of the file at fault. */
  readonly file?: string;
  /** JSON pointer, or name, of the place in the file. */
  readonly path?: string;
  /** What to do about it. */
  readonly hint?: string;
  /** Name of the plugin concerned. */
  readonly plugin?: string;
  readonly cause?: unknown;
}

/** An error with a stable code. Told apart by `code`, never by class, since two copies of the SDK may be loaded. */
export class VpError extends Error {
  override readonly name = 'VpError';
  readonly code: string;
  declare readonly file?: string;
  declare readonly path?: string;
  declare readonly hint?: string;
  declare readonly plugin?: string;

  constructor(code: string, message: string, details: ErrorDetails = {}) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause });
    this.code = code;
    if (details.file !== undefined) this.file = details.file;
    if (details.path !== undefined) this.path = details.path;
    if (details.hint !== undefined) this.hint = details.hint;
    if (details.plugin !== undefined) this.plugin = details.plugin;
  }
}

/** One row: how the message reads (`{name}` is filled in) and what to do. */
export interface ErrorRow {
  readonly message: string;
  readonly hint?: string;
}

/** Makes errors of one table: `errors('VP_CYCLE', { cycle: 'a -> b -> a' })`. */
export type ErrorFactory<Code extends string> = (
  code: Code,
  values?: Readonly<Record<string, string | number>>,
  details?: ErrorDetails,
) => VpError;

/** Turns a table of rows into a function that makes its errors. */
export function defineErrors<Code extends string>(table: Readonly<Record<Code, ErrorRow>>): ErrorFactory<Code> {
  return (code, values = {}, details = {}) => {
    const row = table[code];
    const fill = (text: string): string => text.replaceAll(/\{(\w+)\}/g, (whole, key: string) => String(values[key] ?? whole));
    const hint = details.hint ?? (row.hint === undefined ? undefined : fill(row.hint));
    return new VpError(code, fill(row.message), hint === undefined ? details : { ...details, hint });
  };
}

/** Whether something thrown is one of VP's own errors. */
export function isVpError(value: unknown): value is VpError {
  return value instanceof Error && 'code' in value && typeof value.code === 'string' && value.code.startsWith('VP_');
}

/** A thrown value in one line of words. */
export function reasonOf(thrown: unknown): string {
  if (thrown instanceof Error) return thrown.message || thrown.name;
  return typeof thrown === 'string' ? thrown : `a thrown ${typeof thrown}`;
}
