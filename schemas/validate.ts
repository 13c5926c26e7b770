/** The one ajv of the product: compiles a schema once and turns its complaints into problems a person can act on. */
import { createRequire } from 'node:module';
import type { ErrorObject, ValidateFunction } from 'ajv';
import type { Ajv2020 } from 'ajv/dist/2020.js';

/** One complaint: where, what was expected, what was found. */
export interface Problem {
  /** JSON pointer into the value; empty for the value itself. */
  readonly path: string;
  /** What the schema asks for, in words. */
  readonly expected: string;
  /** What is there, as JSON cut to 80 characters; `nothing` where a key is missing. */
  readonly found: string;
}

/** Checks a value against one schema. Fills in the schema's defaults, in place. Returns no problems when it fits. */
export type Validator = (value: unknown) => Problem[];

const require = createRequire(import.meta.url);
let ajv: Ajv2020 | undefined;
/** By the schema's text, so that a reloaded plugin's options are not compiled anew; oldest dropped first. */
const compiled = new Map<string, Validator>();
const COMPILED_KEPT = 64;

/** Loaded at the first use: ajv is 12 MB of memory that a client command does not need. */
function instance(): Ajv2020 {
  if (ajv) return ajv;
  const { Ajv2020: Ajv } = require('ajv/dist/2020.js') as typeof import('ajv/dist/2020.js');
  ajv = new Ajv({
    allErrors: true,
    useDefaults: true,
    strict: true,
    strictTypes: false,
    strictTuples: false,
    verbose: true,
    validateSchema: false, // done by `compile`, and only where it must be: the schema of schemas takes longer to compile than all of ours
    code: { optimize: false }, // a check runs a few times; making its code smaller costs more than it saves
  });
  ajv.addKeyword('tsType'); // a hint for the type generator only
  return ajv;
}

/**
 * Compiles a schema, or gives what was compiled from the same text before. `known`: it belongs to this release and was checked by its
 * tests, so it is not checked against the schema of schemas.
 * @throws Error where the schema itself is wrong.
 */
export function compile(schema: object, { known: isKnown = false }: { known?: boolean } = {}): Validator {
  const text = JSON.stringify(schema);
  const known = compiled.get(text);
  if (known) return known;
  const copy = { ...schema, $id: undefined };
  if (!isKnown && instance().validateSchema(copy) !== true) throw new Error(`the schema is invalid: ${instance().errorsText()}`);
  const check: ValidateFunction = instance().compile(copy);
  instance().removeSchema(copy); // ajv would keep it for ever
  const validator: Validator = (value) => (check(value) ? [] : problemsOf(check.errors ?? [], value));
  const [oldest] = compiled.size < COMPILED_KEPT ? [] : compiled.keys();
  if (oldest !== undefined) compiled.delete(oldest);
  compiled.set(text, validator);
  return validator;
}

/** The problems as lines: `/deadlines/setup: expected an integer, found "soon"`. */
export function formatProblems(problems: readonly Problem[]): string {
  return problems.map((problem) => `${problem.path || '/'}: expected ${problem.expected}, found ${problem.found}`).join('\n');
}

function problemsOf(errors: readonly ErrorObject[], value: unknown): Problem[] {
  const problems = new Map<string, Problem>();
  for (const error of narrowest(errors)) {
    const problem = problemOf(error, value);
    problems.set(`${problem.path} ${problem.expected}`, problem);
  }
  return [...problems.values()];
}

/** Drops the errors of alternatives that did not get as far as another one, and `anyOf`'s own summary of them. */
function narrowest(errors: readonly ErrorObject[]): ErrorObject[] {
  const deepest = new Map<string, number>();
  const groups = errors.filter((error) => error.keyword === 'anyOf' || error.keyword === 'oneOf');
  for (const group of groups) {
    const inside = errors.filter((error) => error.schemaPath !== group.schemaPath && error.instancePath.startsWith(group.instancePath));
    deepest.set(group.instancePath, Math.max(0, ...inside.map((error) => error.instancePath.length)));
  }
  return errors.filter((error) => {
    const isGroup = error.keyword === 'anyOf' || error.keyword === 'oneOf';
    if (isGroup) return (deepest.get(error.instancePath) ?? 0) <= error.instancePath.length;
    return groups.every((group) => {
      if (!error.instancePath.startsWith(group.instancePath)) return true;
      const depth = deepest.get(group.instancePath) ?? 0;
      return depth > group.instancePath.length && error.instancePath.length === depth;
    });
  });
}

function problemOf(error: ErrorObject, value: unknown): Problem {
  const params = error.params as Record<string, unknown>;
  const path = error.instancePath;
  switch (error.keyword) {
    case 'additionalProperties':
    case 'unevaluatedProperties': {
      const key = String(params['additionalProperty'] ?? params['unevaluatedProperty']);
      const known = Object.keys((error.parentSchema as { properties?: object } | undefined)?.properties ?? {});
      return {
        path: `${path}/${key}`,
        expected: known.length > 0 ? `one of the keys ${known.join(', ')}` : 'no such key',
        found: show((at(value, path) as Record<string, unknown> | undefined)?.[key]),
      };
    }
    case 'required':
      return { path: `${path}/${String(params['missingProperty'])}`, expected: 'a value', found: 'nothing' };
    case 'enum':
      return {
        path,
        expected: `one of ${(params['allowedValues'] as unknown[]).map((v) => JSON.stringify(v)).join(', ')}`,
        found: show(error.data),
      };
    case 'type':
      return { path, expected: article(String(params['type'])), found: show(error.data) };
    case 'anyOf':
    case 'oneOf':
      return { path, expected: describe(error), found: show(error.data) };
    default:
      return { path, expected: `a value that ${error.message ?? error.keyword}`, found: show(error.data) };
  }
}

function describe(error: ErrorObject): string {
  const described = (error.parentSchema as { description?: string } | undefined)?.description;
  return described ? described.charAt(0).toLowerCase() + described.slice(1).replace(/\.$/, '') : 'another shape';
}

function article(type: string): string {
  const one = type.split(',').join(' or ');
  return /^[aeio]/.test(one) ? `an ${one}` : `a ${one}`;
}

function at(value: unknown, pointer: string): unknown {
  return pointer
    .split('/')
    .slice(1)
    .reduce<unknown>(
      (node, key) => (node as Record<string, unknown> | undefined)?.[key.replaceAll('~1', '/').replaceAll('~0', '~')],
      value,
    );
}

function show(value: unknown): string {
  if (value === undefined) return 'nothing';
  const text = typeof value === 'function' ? 'a function' : (JSON.stringify(value) ?? typeof value);
  return text.length > 80 ? `${text.slice(0, 77)}…` : text;
}
