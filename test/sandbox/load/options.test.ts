/** The schema of a sandboxed plugin's options can hold up nobody. */
import { describe, expect, it } from 'vitest';
import { optionsProblems } from '../../../sandbox/load/options.ts';

const pattern = (text: string): object => ({ type: 'object', properties: { a: { type: 'string', pattern: text } } });

describe('the schema of the options', () => {
  it.each([
    ['none', undefined],
    [
      'the usual',
      {
        type: 'object',
        additionalProperties: false,
        required: ['a'],
        properties: {
          a: { enum: ['x', 'y'], default: 'x' },
          b: { type: 'array', items: { type: 'string', minLength: 1 }, default: ['a'] },
        },
      },
    ],
    [
      'alternatives',
      { type: 'object', properties: { a: { anyOf: [{ type: 'string' }, { type: 'object', properties: { b: { type: 'integer' } } }] } } },
    ],
    ['a simple pattern', pattern('^[a-z][a-z0-9-]*$')],
    ['a pattern with an optional part', pattern('^[a-z]+(?:-[a-z]+)?$')],
    [
      'an option that bears the name of a keyword',
      { type: 'object', properties: { $ref: { type: 'string' }, pattern: { type: 'string' } } },
    ],
  ])('%s is accepted', (_what, schema) => {
    expect(optionsProblems(schema)).toEqual([]);
  });

  it.each([
    ['a repeated group', pattern('^(a+)+$')],
    ['many optional parts', pattern(`^${'a?'.repeat(30)}${'a'.repeat(30)}$`)],
    ['many repeats', pattern('^a*a*a*a*a*b$')],
    ['many choices', pattern(`^${'(a|a)'.repeat(30)}b$`)],
    ['a reference back', pattern('^(a)\\1$')],
    ['an unanchored pattern with repeats', pattern('a*a*b')],
    ['references, which can double', { $defs: { a: {} }, allOf: [{ $ref: '#/$defs/a' }, { $ref: '#/$defs/a' }] }],
    ['patterns for keys', { patternProperties: { '(a+)+$': {} } }],
    ['patterns in alternatives', { anyOf: [{ items: { not: pattern('(a*)*') } }] }],
    ['a long default', { properties: { a: { default: 'a'.repeat(300) } } }],
    ['a large schema', { enum: Array.from({ length: 10_000 }, (_, n) => n) }],
    ['no schema', { type: 'objekt' }],
  ])('%s is refused', (_what, schema) => {
    expect(optionsProblems(schema)).not.toEqual([]);
  });
});
