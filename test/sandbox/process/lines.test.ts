import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Lines } from '../../../sandbox/process/lines.ts';

/** All lines, and whether it went well, however the bytes are cut into chunks. */
function split(chunks: readonly Buffer[], most: number): { lines: string[]; ok: boolean; held: number } {
  const lines: string[] = [];
  const reader = new Lines(most);
  let ok = true;
  let held = 0;
  for (const chunk of chunks) {
    ok = reader.push(chunk, (line) => lines.push(line) > 0) !== -1 && ok;
    held = Math.max(held, reader.heldBytes);
  }
  return { lines, ok, held };
}

describe('lines', () => {
  it('come whole, however they are cut into chunks', () => {
    fc.assert(
      fc.property(fc.array(fc.string({ unit: 'grapheme' })), fc.array(fc.nat(20)), (texts, cuts) => {
        const wanted = texts.map((text) => text.replaceAll('\n', ' '));
        const bytes = Buffer.from(wanted.map((text) => `${text}\n`).join(''));
        const chunks: Buffer[] = [];
        let from = 0;
        for (const cut of cuts) chunks.push(bytes.subarray(from, (from += cut)));
        chunks.push(bytes.subarray(from));
        expect(split(chunks, 10_000)).toMatchObject({ lines: wanted, ok: true });
      }),
    );
  });

  it('never hold more than the cap, whatever comes', () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 300 })), fc.integer({ min: 1, max: 100 }), (chunks, most) => {
        const { lines, held } = split(
          chunks.map((chunk) => Buffer.from(chunk)),
          most,
        );
        expect(held).toBeLessThanOrEqual(most);
        // A byte that is no UTF-8 becomes three.
        for (const line of lines) expect(Buffer.byteLength(line)).toBeLessThanOrEqual(most * 3);
      }),
    );
  });

  it('end with the first that is too long', () => {
    const { lines, ok } = split([Buffer.from('abc\n'), Buffer.from('x'.repeat(11)), Buffer.from('\nabc\n')], 10);
    expect(lines).toEqual(['abc']);
    expect(ok).toBe(false);
  });

  it('of exactly the cap are taken', () => {
    expect(split([Buffer.from('0123456789\n')], 10)).toMatchObject({ lines: ['0123456789'], ok: true });
  });

  it('are not given to somebody who wants no more', () => {
    const lines: string[] = [];
    expect(new Lines(10).push(Buffer.from('a\nb\n'), (line) => lines.push(line) < 1)).toBe(2);
    expect(lines).toEqual(['a']);
  });
});
