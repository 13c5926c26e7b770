/** Secrets taken out of what is logged. The words that replace them parse as one word of a shell, so that a logged command stays one. */

/** Stands for what was taken out. */
const MASK = 'REDACTED';
/** A longer text is cut: the log keeps what a verdict was about, not whole files. */
const MAX_TEXT = 32_768;

/**
 * Every repetition is bounded, so that no input takes long. Sources: the prefixes that Anthropic, GitHub, Slack, AWS and OpenAI document
 * for their keys; RFC 7519; RFC 7468; RFC 6750; RFC 3986 (userinfo).
 */
const PATTERNS: readonly (readonly [pattern: RegExp, by: string])[] = [
  [/-----BEGIN [A-Z ]{0,40}PRIVATE KEY-----[^"'-]{0,8000}(?:-----END [A-Z ]{0,40}PRIVATE KEY-----)?/g, MASK],
  [/\bsk-[A-Za-z0-9_-]{16,200}/g, MASK],
  [/\bgh[pousr]_[A-Za-z0-9]{20,100}/g, MASK],
  [/\bgithub_pat_[A-Za-z0-9_]{20,120}/g, MASK],
  [/\bxox[abprs]-[A-Za-z0-9-]{10,200}/g, MASK],
  [/\bA[KS]IA[A-Z0-9]{16}\b/g, MASK],
  [/\beyJ[A-Za-z0-9_-]{8,400}\.[A-Za-z0-9_-]{8,800}\.[A-Za-z0-9_-]{8,200}/g, MASK],
  [/(\b[Bb]earer )[A-Za-z0-9._~+/-]{16,2000}=*/g, `$1${MASK}`],
  [/(:\/\/[^\s/:@"'\\]{1,100}:)[^\s/@"'\\]{1,200}(?=@)/g, `$1${MASK}`],
  [
    /(\b[A-Za-z0-9_]{0,40}(?:TOKEN|SECRET|PASSWORD|PASSWD|API_?KEY|ACCESS_?KEY)[A-Za-z0-9_]{0,20}=["']?)[^\s"'$&;|<>(){}]{4,400}/gi,
    `$1${MASK}`,
  ],
];

/** A copy of an input for the log, and whether it is still the input as it was. */
export interface LoggedInput {
  readonly input: unknown;
  readonly isWhole: boolean;
}

/** Takes secrets out, and shortens what is long. */
export function redactInput(value: unknown): LoggedInput {
  let isWhole = true;
  const visit = (item: unknown): unknown => {
    if (typeof item === 'string') {
      const kept = redactText(item);
      if (kept !== item) isWhole = false;
      return kept;
    }
    if (Array.isArray(item)) return item.map(visit);
    if (typeof item !== 'object' || item === null) return item;
    return Object.fromEntries(Object.entries(item).map(([key, inner]) => [key, visit(inner)]));
  };
  return { input: visit(value), isWhole };
}

/** A text without secrets, at most 32 KB of it. */
export function redactText(text: string): string {
  const kept = text.length > MAX_TEXT ? `${text.slice(0, MAX_TEXT)}…` : text;
  return PATTERNS.reduce((line, [pattern, by]) => line.replaceAll(pattern, by), kept);
}
