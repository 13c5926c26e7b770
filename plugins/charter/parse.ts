/** YAML and JSON: from text to a value whose parts know their lines. */
import type { Document, Node, Pair } from 'yaml';
import { segmentsOf, type CharterProblem } from './problem.ts';

/** A value, and the line of the place that a JSON pointer names. */
export interface Parsed {
  readonly value: unknown;
  readonly line: (pointer: string) => number | null;
}

/** Either a value or what is wrong with the text. */
export type ParseResult = { readonly parsed: Parsed } | { readonly problems: readonly CharterProblem[] };

/** Reads a charter's bytes as YAML, or as strict JSON. */
export async function parseText(file: string, bytes: Uint8Array, format: 'yaml' | 'json'): Promise<ParseResult> {
  const fail = (line: number | null, expected: string, found: string): ParseResult => ({
    problems: [{ file, line, path: '', expected, found }],
  });
  let text: string;
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    return fail(null, 'text in UTF-8', 'other bytes');
  }
  if (text.trim() === '') return fail(1, 'a charter', 'an empty file');
  try {
    return await parseNodes(file, text, format);
  } catch (error) {
    return fail(null, `a readable ${format.toUpperCase()} document`, error instanceof Error ? error.message : String(error));
  }
}

async function parseNodes(file: string, text: string, format: 'yaml' | 'json'): Promise<ParseResult> {
  const yaml = await import('yaml');
  const lines = new yaml.LineCounter();
  const document = yaml.parseDocument(text, { lineCounter: lines, prettyErrors: false });
  const lineAt = (offset: number): number => lines.linePos(offset).line;
  // JSON is read by JSON.parse, which is strict; YAML gives its lines, and finds keys given twice, of which JSON.parse drops one.
  const faults = [...document.errors, ...document.warnings].filter((fault) => format === 'yaml' || fault.code === 'DUPLICATE_KEY');
  const json = format === 'json' ? parseJson(text) : undefined;
  if (json?.problem) return { problems: [{ file, path: '', ...json.problem }] };
  if (faults.length > 0) {
    return {
      problems: faults.map((fault) => ({
        file,
        line: lineAt(fault.pos[0]),
        path: '',
        expected: `correct ${format.toUpperCase()}`,
        found: sentence(fault.message),
      })),
    };
  }
  const value: unknown = json ? json.value : document.toJS();
  return { parsed: { value, line: (pointer) => lineOf(yaml, document, pointer, lineAt) } };
}

function parseJson(text: string): { value?: unknown; problem?: Pick<CharterProblem, 'line' | 'expected' | 'found'> } {
  try {
    return { value: JSON.parse(text) };
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    const line = /\(line (\d+)/.exec(message)?.[1] ?? lineOfPosition(text, /at position (\d+)/.exec(message)?.[1]);
    return { problem: { line: line === undefined ? lineCount(text) : Number(line), expected: 'correct JSON', found: sentence(message) } };
  }
}

function lineOfPosition(text: string, position: string | undefined): number | undefined {
  return position === undefined ? undefined : lineCount(text.slice(0, Number(position)));
}

function lineCount(text: string): number {
  return text.split('\n').length;
}

/** The line of the deepest part of the pointer that exists. */
function lineOf(yaml: typeof import('yaml'), document: Document, pointer: string, lineAt: (offset: number) => number): number | null {
  let node: unknown = document.contents;
  let offset = yaml.isNode(node) ? (node.range?.[0] ?? null) : null;
  for (const segment of segmentsOf(pointer)) {
    const whole = yaml.isAlias(node) ? node.resolve(document) : node;
    if (yaml.isMap(whole)) {
      const pair: Pair | undefined = whole.items.find((item) => String(yaml.isScalar(item.key) ? item.key.value : item.key) === segment);
      if (!pair) break;
      offset = (pair.key as Node).range?.[0] ?? offset;
      node = pair.value;
      continue;
    }
    const item: unknown = yaml.isSeq(whole) ? whole.items[Number(segment)] : undefined;
    if (!yaml.isNode(item)) break;
    offset = item.range?.[0] ?? offset;
    node = item;
  }
  return offset === null ? null : lineAt(offset);
}

function sentence(message: string): string {
  return message.split('\n')[0] ?? message;
}
