/** `${…}` with its operators, over values that may be known in part. */
import { ANY, TOKEN, type Field } from '../types.ts';
import { isKnown, withText } from './fields.ts';
import { strip } from './globs.ts';
import type { ParameterExpansionPart, Word } from './parse.ts';

type Operation = NonNullable<ParameterExpansionPart['operation']>;

/** What an operator needs to know of the rest of the expansion. */
export interface Operands {
  /** The values of an operand, as if quoted. */
  text(word: Word): readonly Field[];
  assign(name: string, values: readonly Field[]): void;
}

/** The values after the operator. `values` undefined: not set. */
export function operate(name: string, values: readonly Field[] | undefined, operation: Operation, operands: Operands): readonly Field[] {
  switch (operation.type) {
    case 'Default':
      return orElse(name, values, operation.operator, () => operands.text(operation.operand), operands);
    case 'Remove': {
      const pattern = operands.text(operation.operand)[0]?.text ?? ANY;
      return each(values, (value) => remove(value, pattern, operation.operator));
    }
    case 'Replace': {
      const pattern = operands.text(operation.pattern)[0]?.text ?? ANY;
      const by = operands.text(operation.replacement)[0]?.text ?? ANY;
      return each(values, (value) => replace(value, pattern, by, operation.operator));
    }
    case 'Slice': {
      const offset = Number(operation.offset.value.trim() || NaN);
      const length = operation.length === undefined ? undefined : Number(operation.length.value.trim() || NaN);
      return each(values, (value) => slice(value, offset, length));
    }
    case 'CaseModification':
      return each(values, (value) => recase(value, operation.operator));
    case 'Names':
      return [token()];
    case 'Transform':
    case 'Unknown':
      return [unknown()];
    default:
      return operation satisfies never;
  }
}

function orElse(
  name: string,
  values: readonly Field[] | undefined,
  operator: string,
  operand: () => readonly Field[],
  operands: Operands,
): readonly Field[] {
  const kind = operator.at(-1);
  if (kind === '?') return values ?? [unknown()];
  if (kind === '+') return values === undefined ? [empty()] : values[0]?.text === ANY ? [empty(), ...operand()] : operand();
  // A secret that the environment may or may not hold: the default is as likely.
  if (values?.[0]?.text === ANY && values[0].taint !== 0) return [...values, ...operand()];
  const colon = operator.startsWith(':');
  if (values?.every((value) => value.text !== ANY && !(colon && value.text === ''))) return values;
  const known = values?.filter((value) => !(colon && value.text === '')) ?? [];
  const all = [...known, ...operand()];
  if (kind === '=') operands.assign(name, all);
  return all;
}

function each(values: readonly Field[] | undefined, change: (text: string) => string): readonly Field[] {
  if (values === undefined) return [unknown()];
  return values.map((value) => withText(value, change(value.text)));
}

function remove(value: string, pattern: string, operator: '#' | '##' | '%' | '%%'): string {
  if (isKnown(value) && isKnown(pattern) && !/[*?[]/.test(value)) return strip(value, pattern, operator);
  if (value.includes(ANY)) return operator === '##' && pattern === '*/' ? TOKEN : ANY;
  const cut = value.lastIndexOf('/');
  if (operator === '##') return pattern.endsWith('/') ? TOKEN : ANY;
  if (operator === '#') return cut < 0 && !pattern.includes('/') ? TOKEN : ANY;
  if (pattern === '/*') return operator === '%' && cut >= 0 ? value.slice(0, cut) : ANY;
  if (pattern.includes('/')) return ANY;
  return cut < 0 ? TOKEN : value.slice(0, cut + 1) + TOKEN;
}

function replace(value: string, pattern: string, by: string, operator: string): string {
  const plain = isKnown(value) && isKnown(pattern) && isKnown(by) && !/[*?[\\]/.test(pattern) && pattern !== '';
  if (!plain) return value.includes(ANY) || `${value}${by}`.includes('/') || by.includes(ANY) ? ANY : TOKEN;
  if (operator === '//') return value.replaceAll(pattern, () => by);
  if (operator === '/#') return value.startsWith(pattern) ? by + value.slice(pattern.length) : value;
  if (operator === '/%') return value.endsWith(pattern) ? value.slice(0, -pattern.length) + by : value;
  return value.replace(pattern, () => by);
}

function slice(value: string, offset: number, length: number | undefined): string {
  if (!isKnown(value) || Number.isNaN(offset) || Number.isNaN(length)) return value.includes('/') || value.includes(ANY) ? ANY : TOKEN;
  const from = value.slice(offset);
  return length === undefined ? from : length < 0 ? from.slice(0, length) : from.slice(0, length);
}

function recase(value: string, operator: '^' | '^^' | ',' | ',,'): string {
  if (operator === '^^') return value.toUpperCase();
  if (operator === ',,') return value.toLowerCase();
  const first = value.slice(0, 1);
  return (operator === '^' ? first.toUpperCase() : first.toLowerCase()) + value.slice(1);
}

function unknown(): Field {
  return { text: ANY, glob: false, taint: 0 };
}

function token(): Field {
  return { text: TOKEN, glob: false, taint: 0 };
}

function empty(): Field {
  return { text: '', glob: false, taint: 0 };
}
