import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { redactDeep, redactText } from '../../../plugins/recovery/redact.ts';

const alphabet = (letters: string): fc.Arbitrary<string> => fc.constantFrom(...letters.split(''));
const ANY = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789';
const random = (length: number, letters = ANY): fc.Arbitrary<string> =>
  fc.string({ unit: alphabet(letters), minLength: length, maxLength: length });

/** What is secret, and how it stands in a text. */
const SECRETS: readonly [name: string, (body: string) => string, body: fc.Arbitrary<string>][] = [
  ['Anthropic', (body) => `sk-ant-api03-${body}`, random(40)],
  ['OpenAI', (body) => `sk-proj-${body}`, random(40)],
  ['GitHub', (body) => `ghp_${body}`, random(36)],
  ['GitHub app', (body) => `ghs_${body}`, random(36)],
  ['GitHub, fine-grained', (body) => `github_pat_${body}`, random(60)],
  ['AWS', (body) => `AKIA${body}`, random(16, 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567')],
  ['AWS, temporary', (body) => `ASIA${body}`, random(16, 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567')],
  ['Google', (body) => `AIza${body}`, random(35)],
  ['Slack', (body) => `xoxb-${body}`, random(24)],
  ['JWT', (body) => `eyJhbGciOiJIUzI1NiJ9.eyJ${body}.${body}`, random(20)],
  ['PEM', (body) => `-----BEGIN RSA PRIVATE KEY-----\n${body}\n${body}\n-----END RSA PRIVATE KEY-----`, random(64)],
  ['PEM without an end', (body) => `-----BEGIN PRIVATE KEY-----\n${body}`, random(64)],
  ['header', (body) => `Authorization: Bearer ${body}`, random(24)],
  ['basic header', (body) => `authorization: Basic ${body}`, random(24)],
  ['URL', (body) => `https://user:${body}@example.org/path`, random(20)],
  ['variable', (body) => `DATABASE_PASSWORD=${body}`, random(20)],
  ['quoted variable', (body) => `export API_KEY="${body} ${body}"`, random(20)],
  ['JSON', (body) => `{"api_key": "${body}"}`, random(20)],
  ['option', (body) => `curl --api-token ${body}`, random(20)],
];

/** Text that would not carry the secret's own characters by chance. */
const filler = fc.string({ unit: alphabet('äöü .,;!?()[]\n'), maxLength: 30 });

function planted(text: string): fc.Arbitrary<unknown> {
  const leaf = fc.oneof(
    fc.constant(text),
    fc.tuple(filler, filler).map(([before, after]) => `${before} ${text} ${after}`),
  );
  return fc.oneof(
    leaf,
    leaf.map((value) => ({ report: { stderrTail: value, lastEvents: [{ input: { command: value } }] } })),
    leaf.map((value) => [[{ deep: [null, 1, { value }] }]]),
    leaf.map((value) => ({ [value]: true })),
  );
}

describe('redaction', () => {
  test.each(SECRETS)('a secret never survives: %s', (_name, write, body) => {
    fc.assert(
      fc.property(
        body.chain((secret) => planted(write(secret)).map((value) => ({ secret, value }))),
        ({ secret, value }) => !JSON.stringify(redactDeep(value)).includes(secret),
      ),
    );
  });

  test('a value whose name tells that it is secret does not survive, whatever it looks like', () => {
    expect(redactDeep({ env: { GITHUB_TOKEN: 'x', password: 'hunter2', dbPassword: ['a'], list: ['b'] } })).toEqual({
      env: { GITHUB_TOKEN: '[redacted]', password: '[redacted]', dbPassword: ['[redacted]'], list: ['b'] },
    });
  });

  const BENIGN = [
    'commit 9fceb02d0ae598e95dc970b74767f19372d61af8',
    'session 11111111-2222-4333-8444-555555555555',
    'data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==',
    'sha512-9fceb02d0ae598e95dc970b74767f19372d61af8Zz+abc/def==',
    'https://example.org:8080/a/b?c=d#e',
    'inputTokens: 5, outputTokens: 7',
    'the primary key of the table is its id',
    'git push origin main',
    'a task-list-of-many-long-words-is-no-key',
  ];
  test.each(BENIGN)('what is no secret stays readable: %s', (text) => {
    expect(redactText(text)).toBe(text);
  });

  test('long runs of one kind of character are read in one go', () => {
    for (const run of ['a', 'A_', 'a-', 'a.', '0', ' ', '"', 'sk-', 'KEY', 'a:', '//:'])
      expect(redactText(run.repeat(20_000)).length).toBeGreaterThan(0);
  });
});
