/** JSON-RPC 2.0, one message a line. Pure: text in, text out. */

/** A call from a client. `id` absent: no answer is wanted. */
export interface Call {
  readonly id?: string | number;
  readonly method: string;
  /** A list or an object. */
  readonly params: object;
}

/** Codes of the specification, and -32000 for what the method itself refused. */
export const CODES = { parse: -32700, request: -32600, method: -32601, params: -32602, refused: -32000 } as const;

/** What a line is: a call, or the answer that says why it is none. */
export function readCall(line: string): { call: Call; refusal?: undefined } | { call?: undefined; refusal: string } {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    return { refusal: errorLine(null, CODES.parse, 'not JSON') };
  }
  const { jsonrpc, id, method, params = [] } = (typeof value === 'object' && value !== null ? value : {}) as Record<string, unknown>;
  const isId = id === undefined || typeof id === 'string' || typeof id === 'number';
  if (jsonrpc !== '2.0' || !isId || typeof method !== 'string' || typeof params !== 'object' || params === null) {
    return {
      refusal: errorLine(
        isId && id !== undefined ? id : null,
        CODES.request,
        'expected { "jsonrpc": "2.0", "id": …, "method": …, "params": [ … ] }, one a line',
      ),
    };
  }
  return { call: { ...(id === undefined ? {} : { id }), method, params } };
}

export function resultLine(id: string | number, result: unknown): string {
  return `${JSON.stringify({ jsonrpc: '2.0', id, result: result ?? null })}\n`;
}

export function errorLine(id: string | number | null, code: number, message: string, data?: object): string {
  return `${JSON.stringify({ jsonrpc: '2.0', id, error: { code, message, ...(data === undefined ? {} : { data }) } })}\n`;
}

export function eventLine(event: string, payload: unknown): string {
  return `${JSON.stringify({ jsonrpc: '2.0', method: 'event', params: { event, payload } })}\n`;
}
