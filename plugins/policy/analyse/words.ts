/** Words as the shell expands them: quotes, variables, substitutions, braces, tilde, splitting. What cannot be told stays as a mark. */
import { ANY, TOKEN, type AnalyseContext, type Field, type Span, type Stream } from '../types.ts';
import { expandBraces } from './braces.ts';
import { append, fieldsOf, finish, merge, splitField, spread, squeeze, START, type Draft } from './drafts.ts';
import { unknownField } from './fields.ts';
import { operate } from './parameters.ts';
import { parse, type ArithmeticExpression, type ParameterExpansionPart, type Script, type Word, type WordPart } from './parse.ts';
import type { State } from './state.ts';
import { elements, lookUp } from './variables.ts';

/** What expanding a word may set off. */
export interface Expander {
  readonly state: State;
  readonly context: AnalyseContext;
  /** Runs the commands of a substitution; its output. */
  substitute(script: Script | undefined): Stream;
  /** Runs the commands of `<(…)` or `>(…)`; the file that stands for it. */
  file(script: Script | undefined, operator: '<' | '>'): Field;
  /** The place of a node in the call's text. */
  span(node: { readonly pos: number; readonly end: number }): Span | undefined;
}

const MAX_WAYS = 16;

/** The ways in which a word may expand, each a list of fields. Never empty. */
export function expandWord(word: Word, x: Expander): readonly (readonly Field[])[] {
  if (!word.parts) return [[literal(word, x)]];
  if (word.parts.some((part) => part.type === 'BraceExpansion')) return braces(word, x);
  return expandParts(word, word.parts, x);
}

/** A word where only one field can stand, as behind `>` or `=`. */
export function expandOne(word: Word, x: Expander): readonly Field[] {
  return expandQuoted(word.parts ?? [], word, x);
}

/** The parts of a here-document's body. */
export function expandBody(parts: readonly WordPart[], x: Expander): Field {
  const drafts = quoted(parts, [START], x);
  const [only] = drafts;
  return drafts.length === 1 && only ? { text: only.text, glob: false, taint: only.taint } : unknownField();
}

function expandQuoted(parts: readonly WordPart[], word: Word, x: Expander): readonly Field[] {
  if (parts.length === 0) return [literal(word, x)];
  const drafts = step(parts, [tilde(word, x)], x, false);
  return drafts.map((draft) => ({ text: draft.text, glob: draft.glob, taint: draft.taint, span: x.span(word) }));
}

function expandParts(word: Word, parts: readonly WordPart[], x: Expander): readonly (readonly Field[])[] {
  const span = x.span(word);
  const drafts = step(parts, [tilde(word, x)], x, true);
  return drafts.map((draft) => finish(draft).done.map((one) => ({ ...one, span })));
}

function literal(word: Word, x: Expander): Field {
  return { text: untilde(word.text, word.value, x), glob: false, taint: 0, span: x.span(word) };
}

function untilde(text: string, value: string, x: Expander): string {
  const assigned = text.startsWith('~') ? undefined : /^[A-Za-z_][\w-]*=(?=~)/.exec(text)?.[0];
  if (assigned !== undefined) return assigned + untilde(text.slice(assigned.length), value.slice(assigned.length), x);
  if (!text.startsWith('~')) return value;
  const slash = value.indexOf('/');
  const name = slash < 0 ? value.slice(1) : value.slice(1, slash);
  const rest = slash < 0 ? '' : value.slice(slash);
  return homeOf(name, x) + rest;
}

function homeOf(name: string, x: Expander): string {
  if (name === '') return lookUp('HOME', x.state, x.context)?.[0]?.text ?? x.context.home;
  if (name === '+') return x.state.cwd ?? ANY;
  if (name === 'root') return '/root';
  if (!/^[a-z_][\w.-]*$/i.test(name)) return ANY;
  const home = x.context.home;
  return home.endsWith(`/${name}`) ? home : `${home.slice(0, home.lastIndexOf('/'))}/${name}`;
}

/** The draft to begin with: a tilde that the first part carries is handled there. */
function tilde(word: Word, x: Expander): Draft {
  const [first] = word.parts ?? [];
  if (first?.type !== 'Literal' || !first.text.startsWith('~')) return START;
  const whole = untilde(first.text, first.value, x);
  // The literal itself is still to come: what stands before it is what the tilde adds.
  return { ...START, text: `\u0000${whole}`, present: true };
}

function step(parts: readonly WordPart[], drafts: readonly Draft[], x: Expander, split: boolean): readonly Draft[] {
  let all = drafts;
  for (const [index, part] of parts.entries()) {
    if (index === 0 && all[0]?.text.startsWith('\u0000')) {
      all = all.map((draft) => ({ ...draft, text: draft.text.slice(1) }));
      continue;
    }
    all = onePart(part, all, x, split);
    if (all.length > MAX_WAYS) all = [merge(all)];
  }
  return all;
}

function onePart(part: WordPart, drafts: readonly Draft[], x: Expander, split: boolean): readonly Draft[] {
  switch (part.type) {
    case 'Literal':
      return drafts.map((draft) => append(draft, part.value, false));
    case 'SingleQuoted':
    case 'AnsiCQuoted':
      return drafts.map((draft) => append(draft, part.value, false));
    case 'Glob':
    case 'ExtendedGlob':
      for (const inner of part.parts ?? []) onePart(inner, [START], x, false);
      return drafts.map((draft) => append(draft, part.type === 'Glob' ? part.value : '*', true));
    case 'DoubleQuoted':
    case 'LocaleString':
      return quoted(part.parts, drafts, x);
    case 'SimpleExpansion':
      return expansion(part.text.slice(1), undefined, drafts, x, split);
    case 'ParameterExpansion':
      return expansion(part.parameter, part, drafts, x, split);
    case 'CommandExpansion': {
      const output = x.substitute(part.script);
      return drafts.map((draft) => spread(draft, fieldsOf(output, split), split));
    }
    case 'ArithmeticExpansion':
      arithmetic(part.expression, x);
      return drafts.map((draft) => append(draft, TOKEN, false));
    case 'ProcessSubstitution': {
      const file = x.file(part.script, part.operator);
      return drafts.map((draft) => append(draft, file.text, false, file.taint));
    }
    case 'BraceExpansion':
      for (const inner of part.parts ?? []) onePart(inner, [START], x, false);
      return drafts.map((draft) => append(draft, part.text, false));
    default:
      return part satisfies never;
  }
}

function quoted(parts: readonly WordPart[], drafts: readonly Draft[], x: Expander): readonly Draft[] {
  const [only] = parts;
  if (parts.length === 1 && only && isAll(only)) return expansion(nameOf(only), undefined, drafts, x, true);
  let all: readonly Draft[] = drafts.map((draft) => ({ ...draft, present: true }));
  for (const part of parts) {
    all = onePart(part, all, x, false);
    if (all.length > MAX_WAYS) all = [merge(all)];
  }
  return all;
}

function isAll(part: WordPart): boolean {
  if (part.type === 'SimpleExpansion') return part.text === '$@';
  return part.type === 'ParameterExpansion' && (part.parameter === '@' || part.index?.value === '@') && !part.operation && !part.prefix;
}

function nameOf(part: WordPart): string {
  return part.type === 'ParameterExpansion' && part.parameter !== '@' ? `${part.parameter}[@]` : '@';
}

function expansion(
  name: string,
  part: ParameterExpansionPart | undefined,
  drafts: readonly Draft[],
  x: Expander,
  split: boolean,
): readonly Draft[] {
  const list = listName(name, part);
  if (list !== undefined) {
    const items = elements(list, x.state);
    const fields = items ?? [unknownField()];
    return drafts.map((draft) => spread(draft, split ? fields : [squeeze(fields)], false));
  }
  const values = valuesOf(name, part, x);
  const separators = lookUp('IFS', x.state, x.context)?.[0]?.text ?? ' \t\n';
  return drafts.flatMap((draft) => values.map((value) => spread(draft, split ? splitField(value, separators) : [value], split)));
}

function listName(name: string, part: ParameterExpansionPart | undefined): string | undefined {
  if (part?.prefix || part?.operation) return undefined;
  if (name === '@' || name === '*') return name;
  if (name.endsWith('[@]')) return name.slice(0, -3);
  return part?.index?.value === '@' || part?.index?.value === '*' ? part.parameter : undefined;
}

function valuesOf(name: string, part: ParameterExpansionPart | undefined, x: Expander): readonly Field[] {
  if (part?.prefix === '#') return [{ text: TOKEN, glob: false, taint: 0 }];
  let values = lookUp(name, x.state, x.context);
  if (part?.index) values = indexed(part, x);
  if (part?.prefix === '!') {
    const target = values?.length === 1 ? values[0]?.text : undefined;
    values = target === undefined ? [unknownField()] : lookUp(target, x.state, x.context);
  }
  if (part?.operation) {
    const text = (word: Word): readonly Field[] => expandOne(word, x);
    return operate(name, values, part.operation, { text, assign: (to, all) => void x.state.vars.set(to, all) });
  }
  return values ?? [unknownField()];
}

function indexed(part: ParameterExpansionPart, x: Expander): readonly Field[] {
  const items = elements(part.parameter, x.state);
  if (part.index?.parts) expandOne(part.index, x);
  const at = Number(part.index?.value);
  if (!items) return [unknownField()];
  if (Number.isInteger(at)) return [items.at(at) ?? { text: '', glob: false, taint: 0 }];
  return items.length > 0 ? items : [unknownField()];
}

function arithmetic(expression: ArithmeticExpression | undefined, x: Expander): void {
  if (!expression) return;
  switch (expression.type) {
    case 'ArithmeticBinary':
      arithmetic(expression.left, x);
      return arithmetic(expression.right, x);
    case 'ArithmeticUnary':
      return arithmetic(expression.operand, x);
    case 'ArithmeticTernary':
      arithmetic(expression.test, x);
      arithmetic(expression.consequent, x);
      return arithmetic(expression.alternate, x);
    case 'ArithmeticGroup':
      return arithmetic(expression.expression, x);
    case 'ArithmeticWord':
      for (const part of expression.parts ?? []) onePart(part, [START], x, false);
      return;
    case 'ArithmeticCommandExpansion':
      x.substitute(expression.script);
      return;
    default:
      return expression satisfies never;
  }
}

/** Runs what an arithmetic expression holds. */
export { arithmetic as runArithmetic };

function braces(word: Word, x: Expander): readonly (readonly Field[])[] {
  const numbers = /\{-?\d+\.\.-?\d+(?:\.\.-?\d+)?\}/g;
  const texts = expandBraces(word.text) ?? expandBraces(word.text.replace(numbers, TOKEN));
  if (!texts) return [[unknownField(0, x.span(word))]];
  const fields: Field[] = [];
  for (const text of texts) {
    const command = parse(`: ${text}`).commands[0]?.command;
    const piece = command?.type === 'Command' && command.suffix.length === 1 ? command.suffix[0] : undefined;
    if (piece?.type !== 'Word') return [[unknownField(0, x.span(word))]];
    const plain = { ...x, span: () => x.span(word) };
    const [way] = piece.parts ? expandParts(piece, piece.parts, plain) : [[literal(piece, plain)]];
    fields.push(...(way ?? []));
  }
  return [fields];
}
