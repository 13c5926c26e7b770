/** Reading JSON of unknown shape. Pure. */

/** An object of unknown keys. */
export type Json = Readonly<Record<string, unknown>>;

/** The value of a key as an object; empty where it is none. */
export function objectIn(value: Json, key: string): Json {
  const inner = value[key];
  return isObject(inner) ? inner : {};
}

/** Whether a value is an object with keys. */
export function isObject(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The content blocks of a message. */
export function blocksOf(message: Json): Json[] {
  const content = message['content'];
  if (typeof content === 'string') return [{ type: 'text', text: content }];
  return Array.isArray(content) ? content.filter(isObject) : [];
}

/** The text of a tool's result. */
export function contentText(content: unknown): string {
  if (typeof content === 'string') return content;
  if (!Array.isArray(content)) return '';
  return content.map((block) => (isObject(block) ? (textIn(block, 'text') ?? `[${String(block['type'])}]`) : '')).join('\n');
}

/** The line's own time, epoch milliseconds. */
export function timeOf(line: Json | undefined): number | undefined {
  const stamp = line === undefined ? undefined : textIn(line, 'timestamp');
  const time = stamp === undefined ? Number.NaN : Date.parse(stamp);
  return Number.isNaN(time) ? undefined : time;
}

/** A line as an object; undefined where it is none. */
export function jsonOf(text: string): Json | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return isObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

/** The value of a key where it is text. */
export function textIn(value: Json, key: string): string | undefined {
  const inner = value[key];
  return typeof inner === 'string' ? inner : undefined;
}

/** The value of a key where it is a number. */
export function numberIn(value: Json, key: string): number | undefined {
  const inner = value[key];
  return typeof inner === 'number' ? inner : undefined;
}

/** An object with the key, unless there is no value. */
export function optional<K extends string, V>(key: K, value: V | undefined): { [P in K]?: V } {
  return (value === undefined ? {} : { [key]: value }) as { [P in K]?: V };
}
