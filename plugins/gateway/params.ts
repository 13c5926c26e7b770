/** The arguments of a call, checked against what the contract says of its method. */
import { compile, formatProblems, type Validator } from '@vp/schemas';
import { reasonOf, type MethodSpec } from '@vp/sdk';
import { errors, Refusal } from './errors.ts';
import { CODES } from './rpc.ts';

const TOLD = 5;
const LONGEST = 1000;
/** By schema, so that each is looked up once. */
const validators = new WeakMap<object, Validator>();

/**
 * The arguments in order. `null` for one that may be left out means that it is. Fills in defaults of the schemas.
 * @throws Refusal with -32602, naming the argument and what was expected
 */
export function argumentsOf(method: string, { params: schemas = [], required = schemas.length }: MethodSpec, params: unknown): unknown[] {
  const refuse = (problems: string): Refusal => refusal(method, problems);
  if (!Array.isArray(params)) throw refuse('params go by position: expected a list');
  if (params.length < required || params.length > schemas.length)
    throw refuse(`expected ${count(required, schemas.length)}, got ${params.length}`);
  const args = params.map((value: unknown, index) => (value === null && index >= required ? undefined : value));
  const problems = args.flatMap((value, index) =>
    value === undefined ? [] : problemsOf(method, value, schemas[index] ?? {}, `argument ${index + 1}`),
  );
  if (problems.length > 0) throw refuse(problems.slice(0, TOLD).join('; '));
  return args;
}

/** Checks params that go by name. @throws Refusal with -32602 */
export function checkNamed(method: string, schema: object, params: unknown): void {
  const problems = problemsOf(method, params, schema, 'params');
  if (problems.length > 0) throw refusal(method, problems.slice(0, TOLD).join('; '));
}

/** The JSON Schema of a method's params as a whole. */
export function schemaOf({ params = [], required = params.length }: MethodSpec): object {
  return { type: 'array', prefixItems: params, items: false, minItems: required };
}

function problemsOf(method: string, value: unknown, schema: object, what: string): string[] {
  const problems = validatorOf(method, schema)(value).slice(0, TOLD);
  return problems.map((problem) => `${what}${problem.path === '' ? '' : ' '}${formatProblems([problem]).replace(/^\/: /, ': ')}`);
}

/** @throws VP_SCHEMA_INVALID */
function validatorOf(method: string, schema: object): Validator {
  try {
    const validator = validators.get(schema) ?? compile(schema, { known: true });
    validators.set(schema, validator);
    return validator;
  } catch (cause) {
    throw errors('VP_SCHEMA_INVALID', { method, why: reasonOf(cause) }, { cause });
  }
}

function refusal(method: string, problems: string): Refusal {
  return new Refusal(CODES.params, errors('VP_PARAMS_INVALID', { method, problems: problems.slice(0, LONGEST) }));
}

function count(least: number, most: number): string {
  const noun = most === 1 ? 'argument' : 'arguments';
  return least === most ? `${most} ${noun}` : `${least} to ${most} ${noun}`;
}
