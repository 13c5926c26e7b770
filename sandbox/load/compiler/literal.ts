/** Values that can be read in source without running it. */
import type { AnyNode, Expression, ObjectExpression, Program, Property } from 'acorn';

/** A place in the source where something cannot be read. */
export class NotLiteral extends Error {
  /** Offset in the source that was parsed. */
  readonly at: number;
  constructor(at: number, message: string) {
    super(message);
    this.at = at;
  }
}

/** Constants at the top level of a module, by name. */
export type Constants = ReadonlyMap<string, Expression>;

/** Bounds of all values together: a constant that is used by many others, which are used by many others, is small only in the source. */
const MAX_NODES = 10_000;
const MAX_TEXT = 256 * 1024;
const MAX_DEPTH = 32;

/** The top-level `const`s of a module. */
export function constantsOf(program: Program): Constants {
  const constants = new Map<string, Expression>();
  for (const statement of program.body) {
    const declaration = statement.type === 'ExportNamedDeclaration' ? statement.declaration : statement;
    if (declaration?.type !== 'VariableDeclaration' || declaration.kind !== 'const') continue;
    for (const { id, init } of declaration.declarations) {
      if (id.type === 'Identifier' && init) constants.set(id.name, init);
    }
  }
  return constants;
}

/** What a name stands for, where it is a top-level constant. Gives up on constants that stand for each other in a circle. */
export function follow(node: Expression, constants: Constants): Expression {
  let at = node;
  for (let steps = 0; at.type === 'Identifier' && steps < MAX_DEPTH; steps += 1) {
    const next = constants.get(at.name);
    if (!next) break;
    at = next;
  }
  return at;
}

/** Keys and values of an object. @throws NotLiteral for what is spread, computed or has a key that sandboxed code is not given */
export function propertiesOf(node: ObjectExpression): { key: string; property: Property }[] {
  return node.properties.map((property) => {
    if (property.type === 'SpreadElement') throw new NotLiteral(property.start, 'spread, which cannot be read without running it');
    return { key: keyOf(property), property };
  });
}

function keyOf({ key, computed, start }: Property): string {
  if (!computed && key.type === 'Identifier') return key.name;
  if (key.type === 'Literal' && (typeof key.value === 'string' || typeof key.value === 'number')) return String(key.value);
  throw new NotLiteral(start, 'a computed key, which cannot be read without running it');
}

/** Reads values of expressions, as JSON would have them. */
export class Literals {
  readonly #constants: Constants;
  #nodes = 0;
  #text = 0;

  constructor(constants: Constants) {
    this.#constants = constants;
  }

  /** @throws NotLiteral */
  value(node: Expression, depth = 0): unknown {
    this.#nodes += 1;
    if (this.#nodes > MAX_NODES) throw new NotLiteral(node.start, `a value of more than ${MAX_NODES} parts`);
    if (depth > MAX_DEPTH) throw new NotLiteral(node.start, `a value nested more than ${MAX_DEPTH} deep`);
    switch (node.type) {
      case 'Literal':
        if (node.regex || node.bigint != null) throw new NotLiteral(node.start, 'no value of JSON');
        return typeof node.value === 'string' ? this.#counted(node.value, node.start) : node.value;
      case 'TemplateLiteral':
        return this.#counted(textOf(node.quasis[0]?.value.cooked, node.expressions.length, node.start), node.start);
      case 'UnaryExpression':
        return this.#negative(node.operator, node.argument, depth);
      case 'ArrayExpression':
        return node.elements.map((element) => this.#element(element, node, depth));
      case 'ObjectExpression':
        return this.#object(node, depth);
      case 'Identifier':
        return this.#constant(node.name, node, depth);
      default:
        throw new NotLiteral(node.start, `${nameOf(node)}, not a plain value`);
    }
  }

  #counted(text: string, at: number): string {
    this.#text += text.length;
    if (this.#text > MAX_TEXT) throw new NotLiteral(at, `a value with more than ${MAX_TEXT} characters of text`);
    return text;
  }

  #negative(operator: string, argument: Expression, depth: number): unknown {
    const value = this.value(argument, depth + 1);
    // TypeScript's compiler writes `true` as `!0` in small builds.
    if (operator === '!' && (value === 0 || value === 1)) return value === 0;
    if (operator !== '-' || typeof value !== 'number')
      throw new NotLiteral(argument.start, `a calculation with ${operator}, not a plain value`);
    return -value;
  }

  #element(element: AnyNode | null, array: AnyNode, depth: number): unknown {
    if (!element) throw new NotLiteral(array.start, 'a list with a hole');
    if (element.type === 'SpreadElement') throw new NotLiteral(element.start, 'spread, which cannot be read without running it');
    return this.value(element as Expression, depth + 1);
  }

  #object(node: ObjectExpression, depth: number): Record<string, unknown> {
    const object: Record<string, unknown> = {};
    for (const { key, property } of propertiesOf(node)) {
      if (property.kind !== 'init' || property.method) throw new NotLiteral(property.start, 'a function, not a plain value');
      // Not by assignment, which means something else for some keys.
      const value = this.value(property.value, depth + 1);
      this.#counted(key, property.start);
      Object.defineProperty(object, key, { value, enumerable: true, configurable: true, writable: true });
    }
    return object;
  }

  #constant(name: string, node: Expression, depth: number): unknown {
    const constant = this.#constants.get(name);
    if (!constant) throw new NotLiteral(node.start, `${name}, which is no constant of this file with a plain value`);
    return this.value(constant, depth + 1);
  }
}

function textOf(text: string | null | undefined, expressions: number, at: number): string {
  if (expressions > 0 || text == null) throw new NotLiteral(at, 'a template that is filled in when it runs');
  return text;
}

function nameOf(node: AnyNode): string {
  if (node.type === 'CallExpression') return 'a call';
  if (node.type === 'ArrowFunctionExpression' || node.type === 'FunctionExpression') return 'a function';
  return `a ${node.type.replaceAll(/([a-z])([A-Z])/g, '$1 $2').toLowerCase()}`;
}
