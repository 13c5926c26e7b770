/** Options as getopt_long(3) takes them: clusters, values, prefixes of long names, `--`. */
import { ANY, type Field } from '../types.ts';

/** Which options take a value. */
export interface Spec {
  /** Short options with a value, such as `ot`. */
  readonly short?: string;
  /** Long names: `output=` takes a value, `color` does not. Names that are not here count as flags. */
  readonly long?: readonly string[];
  /** Options end at the first operand. */
  readonly strict?: boolean;
  /** Short options behind whose value all is an operand, such as the `m` of python. */
  readonly ends?: string;
  /** Long names with one dash, as `find` and Go's programs have. */
  readonly single?: boolean;
}

/** Options and operands. */
export class Options {
  readonly operands: Field[] = [];
  readonly #values = new Map<string, Field[]>();

  /** Whether any of the names was given. Long names match by prefix, as getopt would take them. */
  has(...names: string[]): boolean {
    return names.some((name) => this.#values.has(name));
  }

  /** The last value of any of the names. */
  value(...names: string[]): Field | undefined {
    for (const name of names) {
      const found = this.#values.get(name)?.at(-1);
      if (found) return found;
    }
    return undefined;
  }

  /** All values of the names. */
  values(...names: string[]): readonly Field[] {
    return names.flatMap((name) => this.#values.get(name) ?? []);
  }

  add(name: string, value: Field): void {
    const list = this.#values.get(name);
    if (list) list.push(value);
    else this.#values.set(name, [value]);
  }
}

/** Reads arguments. */
export function parseOptions(args: readonly Field[], spec: Spec = {}): Options {
  const options = new Options();
  for (let at = 0; at < args.length; at += 1) {
    const arg = args[at];
    if (!arg) break;
    const { text } = arg;
    if (text === '--') {
      options.operands.push(...args.slice(at + 1));
      break;
    }
    if (text.length < 2 || text[0] !== '-' || text.startsWith(`-${ANY}`)) {
      if (spec.strict) {
        options.operands.push(...args.slice(at));
        break;
      }
      options.operands.push(arg);
    } else if (text.startsWith('--')) at += long(options, arg, args[at + 1], spec, 2);
    else if (spec.single) at += long(options, arg, args[at + 1], spec, 1);
    else {
      at += short(options, arg, args[at + 1], spec);
      if (spec.ends?.split('').some((letter) => options.has(letter))) {
        options.operands.push(...args.slice(at + 1));
        break;
      }
    }
  }
  return options;
}

function long(options: Options, arg: Field, next: Field | undefined, spec: Spec, dashes: number): number {
  const equals = arg.text.indexOf('=');
  const given = arg.text.slice(dashes, equals < 0 ? undefined : equals);
  const full = complete(given, spec.long ?? []);
  const name = full.replace(/=$/, '');
  if (equals >= 0) {
    options.add(name, { ...arg, text: arg.text.slice(equals + 1) });
    return 0;
  }
  if (full.endsWith('=') && next) {
    options.add(name, next);
    return 1;
  }
  options.add(name, { ...arg, text: '' });
  return 0;
}

function complete(given: string, names: readonly string[]): string {
  if (names.includes(given)) return given;
  if (names.includes(`${given}=`)) return `${given}=`;
  return given.length < 2 ? given : (names.find((name) => name.startsWith(given)) ?? given);
}

function short(options: Options, arg: Field, next: Field | undefined, spec: Spec): number {
  const letters = arg.text;
  for (let at = 1; at < letters.length; at += 1) {
    const letter = letters[at] ?? '';
    if (!spec.short?.includes(letter)) {
      options.add(letter, { ...arg, text: '' });
      continue;
    }
    const rest = letters.slice(at + 1);
    if (rest !== '') {
      options.add(letter, { ...arg, text: rest });
      return 0;
    }
    if (next) options.add(letter, next);
    return 1;
  }
  return 0;
}
