/**
 * The schema of a sandboxed plugin's options is checked in the kernel, where nothing may take long. So it is held to what costs no more
 * than its own size: no references, which can double at every step, and no patterns that try one text in many ways.
 */
import { compile, type PluginManifest, type Problem } from '@vp/schemas';
import { reasonOf } from '@vp/sdk';

/** Keywords whose values are schemas, lists of schemas, or schemas by name. */
const NESTED = ['items', 'additionalProperties', 'not', 'contains'];
const LISTS = ['anyOf', 'oneOf', 'allOf', 'prefixItems'];
const NAMED = ['properties'];
const PLAIN = [
  'type', 'description', 'title', 'default', 'enum', 'const', 'examples', 'required', 'minimum', 'maximum', 'exclusiveMinimum',
  'exclusiveMaximum', 'multipleOf', 'minLength', 'maxLength', 'minItems', 'maxItems', 'minProperties', 'maxProperties', 'uniqueItems',
  'pattern', '$schema', '$comment', 'deprecated',
]; // prettier-ignore
/** Characters of the schema as JSON. */
const MAX_LENGTH = 16_384;
/** Characters of a text in it, a default above all: what a pattern of its own is tried on. */
const MAX_TEXT = 256;
/** A pattern may take 2 to this power steps on such a text. */
const MAX_BITS = 20;
const TEXT_BITS = Math.log2(MAX_TEXT);

/** All that is wrong with the schema of the options. */
export function optionsProblems(schema: PluginManifest['config']): Problem[] {
  if (schema === undefined) return [];
  const length = JSON.stringify(schema).length;
  if (length > MAX_LENGTH) return [{ path: '/config', expected: `at most ${MAX_LENGTH} characters`, found: `${length}` }];
  const problems = schemaProblems(schema, '/config');
  if (problems.length > 0) return problems;
  try {
    compile(schema);
    return [];
  } catch (error) {
    return [{ path: '/config', expected: 'a JSON Schema', found: reasonOf(error) }];
  }
}

function schemaProblems(schema: unknown, path: string): Problem[] {
  if (typeof schema !== 'object' || schema === null || Array.isArray(schema)) return [];
  return Object.entries(schema).flatMap(([key, value]: [string, unknown]) => {
    const at = `${path}/${key}`;
    if (NESTED.includes(key)) return schemaProblems(value, at);
    if (LISTS.includes(key)) return Array.isArray(value) ? value.flatMap((one, index) => schemaProblems(one, `${at}/${index}`)) : [];
    if (NAMED.includes(key)) return Object.entries(value ?? {}).flatMap(([name, one]) => schemaProblems(one, `${at}/${name}`));
    if (key === 'pattern') return typeof value === 'string' ? patternProblems(value, at) : [];
    if (key === 'description' || key === 'title' || key === '$comment') return [];
    if (PLAIN.includes(key)) return longTexts(value, at);
    return [{ path: at, expected: 'a keyword that sandboxed plugins may use', found: JSON.stringify(value)?.slice(0, 80) ?? '' }];
  });
}

function longTexts(value: unknown, path: string): Problem[] {
  if (typeof value === 'string' && value.length > MAX_TEXT) {
    return [{ path, expected: `at most ${MAX_TEXT} characters`, found: `${value.length}` }];
  }
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, one]) => longTexts(one, `${path}/${key}`));
}

function patternProblems(pattern: string, path: string): Problem[] {
  const bits = bitsOf(pattern);
  if (bits <= MAX_BITS) return [];
  return [
    {
      path,
      expected: 'a pattern that starts with ^, repeats no groups, and has few parts that repeat; or check it in setup',
      found: JSON.stringify(pattern),
    },
  ];
}

/** How many ways there are to try a pattern on a text, as a power of two: each repeat any length, each choice either way. */
function bitsOf(pattern: string): number {
  const bare = pattern.replaceAll(/\\./g, 'x').replaceAll(/\[[^\]]*\]/g, 'x');
  const hasHidden = /\\[1-9k]|\(\?[=!<]/.test(pattern);
  if (hasHidden || /\)[*+{]/.test(bare)) return Infinity;
  const repeats = bare.match(/[*+]|\{\d+,\d*\}/g)?.length ?? 0;
  const choices = bare.match(/\||(?<![*+}?(])\?/g)?.length ?? 0;
  return repeats * TEXT_BITS + choices + (bare.startsWith('^') && !bare.includes('|') ? 0 : TEXT_BITS);
}
