/** Secrets are taken out of log lines twice: by the name of the field, and by what text looks like. */

/** Fields whose values never reach a log, at the top and one level down. */
const NAMES = ['token', 'password', 'secret', 'apiKey', 'api_key', 'authorization', 'cookie', 'credentials', 'privateKey'];

/** In the path syntax of pino. */
export const REDACTED_PATHS: readonly string[] = NAMES.flatMap((name) => [name, `*.${name}`, `*.*.${name}`]);

/**
 * None reaches over a quote, so that a line of JSON stays one. Sources: the prefixes that Anthropic, GitHub, Slack, AWS and OpenAI
 * document for their keys; RFC 7519; RFC 7468.
 */
const PATTERNS: readonly RegExp[] = [
  /\bsk-(?:ant-)?[A-Za-z0-9_-]{16,}/g,
  /\bgh[pousr]_[A-Za-z0-9]{20,}/g,
  /\bgithub_pat_[A-Za-z0-9_]{20,}/g,
  /\bxox[abprs]-[A-Za-z0-9-]{10,}/g,
  /\bAKIA[A-Z0-9]{16}\b/g,
  /\beyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,}/g,
  /-----BEGIN [A-Z ]*PRIVATE KEY-----(?:[^"\\]|\\[\s\S])*?(?:-----END [A-Z ]*PRIVATE KEY-----|(?=")|$)/g,
  /(?<=\b[Bb]earer )[A-Za-z0-9._~+/-]{16,}=*/g,
  /(?<=:\/\/[^\s/:@"\\]+:)[^\s/@"\\]+(?=@)/g,
];

/** Text with everything that looks like a secret replaced. */
export function redact(text: string): string {
  return PATTERNS.reduce((line, pattern) => line.replaceAll(pattern, '[redacted]'), text);
}
