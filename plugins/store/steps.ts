/** Checks what callers give, and turns it into steps. A value is JSON from here on: who changes it later changes nothing stored. */
import type { DocumentQuery, EventQuery, StoreOperation } from '@vp/sdk';
import type { Step } from './engine.ts';
import { errors } from './errors.ts';

const NAME_LENGTH = 512;
const MAX_PAGE = 1_000;
const MAX_DEPTH = 100;
const MAX_STEPS = 10_000;
const CONTROL = /[\u0000-\u001f]/;

/** The steps of a call and the bytes of what they store. */
export interface Checked {
  readonly steps: readonly Step[];
  readonly bytes: number;
}

/** @throws VP_STORE_VALUE */
export function checkOperations(operations: readonly StoreOperation[], maxBytes: number, now: number): Checked {
  const isList: boolean = Array.isArray(operations);
  if (!isList) throw refused('The argument', 'must be a list of operations');
  if (operations.length > MAX_STEPS) throw refused('The call', `has more than ${MAX_STEPS} operations`);
  const steps = operations.map((operation) => stepOf(operation, now));
  const bytes = steps.reduce((sum, step) => sum + (step.op === 'remove' ? 0 : Buffer.byteLength(step.json)), 0);
  if (bytes > maxBytes) throw refused('The call', `would store ${bytes} bytes; ${maxBytes} are allowed (option "callMb" of @vp/store)`);
  return { steps, bytes };
}

/** @throws VP_STORE_VALUE */
export function checkName(what: string, name: unknown): string {
  if (typeof name !== 'string' || name === '') throw refused(what, 'must be a string that is not empty');
  if (name.length > NAME_LENGTH) throw refused(what, `has ${name.length} characters; ${NAME_LENGTH} are allowed`);
  if (CONTROL.test(name) || !name.isWellFormed()) throw refused(what, 'has control characters or half characters in it');
  return name;
}

/** @throws VP_STORE_VALUE */
export function checkDocumentQuery({ where, after, limit }: DocumentQuery): void {
  checkWhere(where);
  if (after !== undefined) checkName('"after"', after);
  checkLimit(limit);
}

/** @throws VP_STORE_VALUE */
export function checkWhere(where: DocumentQuery['where']): void {
  for (const [field, value] of Object.entries(where ?? {})) {
    // The engines address a field by its JSON text, where these would need an escape.
    if (field === '' || /["\\\u0000-\u001f]/.test(field) || !field.isWellFormed())
      throw refused(`The field ${JSON.stringify(field)}`, 'cannot be asked for');
    const isScalar = value === null || ['string', 'boolean'].includes(typeof value) || Number.isFinite(value);
    if (!isScalar) throw refused(`The field "${field}"`, 'can be compared with a string, a number, a boolean or null');
  }
}

/** @throws VP_STORE_VALUE */
export function checkEventQuery({ after, stream, types, since, limit }: EventQuery): void {
  if (after !== undefined && !Number.isSafeInteger(after)) throw refused('"after"', 'must be the seq of an event');
  if (since !== undefined && !Number.isFinite(since)) throw refused('"since"', 'must be a time in epoch milliseconds');
  if (stream !== undefined) checkName('The stream', stream);
  if (types !== undefined && types.length > MAX_PAGE) throw refused('"types"', `has more than ${MAX_PAGE} entries`);
  for (const type of types ?? []) checkName('The type', type);
  checkLimit(limit);
}

function checkLimit(limit: number | undefined): void {
  if (limit !== undefined && !(Number.isInteger(limit) && limit >= 1 && limit <= MAX_PAGE))
    throw refused('"limit"', `must be a whole number from 1 to ${MAX_PAGE}`);
}

function stepOf(operation: StoreOperation, now: number): Step {
  switch (operation.op) {
    case 'put': {
      const { collection, id, value, ifVersion } = operation;
      return { ...placeOf(collection, id, ifVersion), op: 'put', json: jsonOf(value, `The value of ${collection}/${id}`), at: now };
    }
    case 'remove':
      return { op: 'remove', ...placeOf(operation.collection, operation.id, operation.ifVersion) };
    case 'append': {
      const { stream, type, at = now, key, data } = operation;
      checkName('The stream', stream);
      checkName('The type', type);
      if (key !== undefined) checkName('The key', key);
      if (!Number.isSafeInteger(at)) throw refused('"at"', 'must be a time in whole epoch milliseconds');
      return { op: 'append', stream, type, at, key: key ?? null, json: jsonOf(data, `The data of an event of ${stream}`) };
    }
    default:
      operation satisfies never;
      throw refused('The operation', 'must be put, remove or append');
  }
}

function placeOf(
  collection: string,
  id: string,
  ifVersion: number | undefined,
): { collection: string; id: string; ifVersion: number | undefined } {
  if (ifVersion !== undefined && !(Number.isSafeInteger(ifVersion) && ifVersion >= 0))
    throw refused('"ifVersion"', 'must be a version, or 0 for none');
  return { collection: checkName('The collection', collection), id: checkName('The id', id), ifVersion };
}

function jsonOf(value: unknown, what: string): string {
  if (value === undefined) throw refused(what, 'is undefined');
  const fault = faultIn(value, []);
  if (fault) throw refused(what, `${fault.why} at "${fault.path}"`);
  return JSON.stringify(value);
}

/** What JSON has no form for, and where. */
interface JsonFault {
  readonly why: string;
  /** As a JSON pointer. */
  readonly path: string;
}

/** As JSON does, a field of an object that is undefined counts as left out. Anything else that JSON would change is a fault. */
function faultIn(value: unknown, above: object[]): JsonFault | undefined {
  if (typeof value !== 'object') {
    const isJson = typeof value === 'string' || typeof value === 'boolean' || Number.isFinite(value);
    return isJson ? undefined : { why: `has ${typeof value === 'number' ? value : typeof value}, which is no JSON,`, path: '' };
  }
  if (value === null) return undefined;
  if (above.includes(value)) return { why: 'holds itself', path: '' };
  if (above.length >= MAX_DEPTH) return { why: `is nested deeper than ${MAX_DEPTH} levels`, path: '' };
  if (!Array.isArray(value) && !isPlain(value)) return { why: 'has an object of a class, which is no JSON,', path: '' };
  above.push(value);
  const isList = Array.isArray(value);
  // A hole in a list counts as what is read there: undefined.
  for (const key of isList ? value.keys() : Object.keys(value)) {
    const part = (value as Readonly<Record<string, unknown>>)[key];
    const fault = part === undefined && !isList ? undefined : faultIn(part, above);
    // The path is put together on the way back, since it is hardly ever needed.
    if (fault) return { why: fault.why, path: `/${key}${fault.path}` };
  }
  above.pop();
  return undefined;
}

/** Also of another realm, whose `Object` is another one. */
function isPlain(value: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(value);
  const isPlainObject = prototype === Object.prototype || prototype === null || Object.getPrototypeOf(prototype) === null;
  return isPlainObject && !('toJSON' in value);
}

function refused(what: string, why: string): Error {
  return errors('VP_STORE_VALUE', { what, why });
}
