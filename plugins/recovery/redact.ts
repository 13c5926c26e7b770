/** Takes secrets out of what is kept of a crash. */

/** What a kind of secret looks like. */
export interface SecretShape {
  readonly name: string;
  /** Where the shape is documented. */
  readonly source: string;
  readonly pattern: RegExp;
  /** What to put there; `$1` is what is kept. Default: only the mark. */
  readonly keep?: string;
}

const MARK = '[redacted]';
const NAME = '(?:password|passwd|passphrase|secret|token|api[_-]?key|access[_-]?key|private[_-]?key|auth[_-]?key|credentials?)';

/** No pattern reads a long run of characters more than a bounded number of times. */
export const SECRET_SHAPES: readonly SecretShape[] = [
  {
    name: 'private key',
    source: 'RFC 7468',
    pattern: /-----BEGIN [A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?-----[\s\S]*?(?:-----END [A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?-----|$)/g,
  },
  { name: 'Anthropic or OpenAI key', source: 'docs of Anthropic and OpenAI: sk-ant-…, sk-…', pattern: /\bsk-[A-Za-z0-9_-]{16,}/g },
  { name: 'GitHub token', source: 'GitHub docs, token formats', pattern: /\b(?:gh[pousr]_[A-Za-z0-9]{20,}|github_pat_[A-Za-z0-9_]{20,})/g },
  { name: 'GitLab token', source: 'GitLab docs, token prefixes', pattern: /\bgl(?:pat|rt|dt|cbt|ptt|soat)-[A-Za-z0-9_-]{16,}/g },
  { name: 'npm token', source: 'npm docs, access tokens', pattern: /\bnpm_[A-Za-z0-9]{30,}/g },
  { name: 'AWS access key', source: 'AWS IAM docs, unique identifiers', pattern: /\b(?:AKIA|ASIA)[A-Z0-9]{16}\b/g },
  { name: 'Google API key', source: 'Google Cloud docs, API keys', pattern: /\bAIza[A-Za-z0-9_-]{35}/g },
  { name: 'Slack token', source: 'Slack docs, token types', pattern: /\b(?:xox[a-z]|xapp)-[A-Za-z0-9-]{10,}/g },
  { name: 'Stripe key', source: 'Stripe docs, API keys', pattern: /\b[sr]k_(?:live|test)_[A-Za-z0-9]{16,}/g },
  { name: 'JWT', source: 'RFC 7519', pattern: /\beyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]*/g },
  {
    name: 'authorization',
    source: 'RFC 9110, 11.6',
    pattern: /(\b(?:proxy-)?authorization["']?\s{0,5}[:=]\s{0,5}["']?(?:[a-z]{1,20} +)?)[^\s"',;]+/gi,
    keep: `$1${MARK}`,
  },
  { name: 'bearer token', source: 'RFC 6750', pattern: /(\bbearer +)[A-Za-z0-9._~+/-]{8,}=*/gi, keep: `$1${MARK}` },
  {
    name: 'password in a URL',
    source: 'RFC 3986, 3.2.1',
    pattern: /(\b[a-z][a-z0-9+.-]{0,20}:\/\/[^\s/:@"']{0,200}:)[^\s/@"']+(?=@)/gi,
    keep: `$1${MARK}`,
  },
  {
    name: 'assignment of a secret by its name',
    source: 'names of environment variables in common use',
    pattern: new RegExp(
      `(\\b(?:[A-Z0-9_]{0,60}(?:KEY|TOKEN|SECRET|PASSWORD|PASSWD|PASSPHRASE|CREDENTIALS?)|[A-Za-z0-9_-]{0,60}${NAME})["']?\\s{0,5}[=:]\\s{0,5})(?:"[^"]*"|'[^']*'|[^\\s"',;]+)`,
      'g',
    ),
    keep: `$1${MARK}`,
  },
  {
    name: 'secret as an option of a command',
    source: 'options of curl, docker, mysql and the like',
    pattern: new RegExp(`(--[A-Za-z0-9-]{0,60}${NAME}[ =])(?:"[^"]*"|'[^']*'|[^\\s"']+)`, 'gi'),
    keep: `$1${MARK}`,
  },
];

const SECRET_NAME = new RegExp(`${NAME}$|authorization$|^cookie$|^set-cookie$`, 'i');

/** Text with everything that looks like a secret replaced. */
export function redactText(text: string): string {
  return SECRET_SHAPES.reduce((left, { pattern, keep = MARK }) => left.replaceAll(pattern, keep), text);
}

/** A copy of plain data with all its texts redacted: also names of fields, and values whose field's name tells that they are secret. */
export function redactDeep(value: unknown, name = ''): unknown {
  if (typeof value === 'string') return SECRET_NAME.test(name) && value !== '' ? MARK : redactText(value);
  if (Array.isArray(value)) return value.map((one) => redactDeep(one, name));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [redactText(key), redactDeep(inner, key)]));
}
