/** Findings: what a tap may say of a tool call. A tap can only add to what others found, never take away. */

/** From harmless to final. The verdict is the highest level found. */
export type Level = 'allow' | 'ask' | 'deny';

/** The wording of an objection. */
export interface Objection {
  /** Said to the agent and logged: why. */
  readonly reason: string;
  /** Name of the rule; the plugin's name where none is given. */
  readonly rule?: string;
  /** Said to the agent: what would be allowed instead. */
  readonly instead?: string;
}

/** A person must agree before the call runs. */
export interface Ask extends Objection {
  readonly level: 'ask';
}

/** The call does not run. */
export interface Deny extends Objection {
  readonly level: 'deny';
}

/** No objection. Lowers nothing: another tap's `ask` or `deny` stands. */
export interface Allow {
  readonly level: 'allow';
}

/** What a `pre-command` tap adds. */
export type Finding = Ask | Deny;

const NO_OBJECTION: Allow = Object.freeze({ level: 'allow' });

/** No objection; the same as returning nothing. */
export function allow(): Allow {
  return NO_OBJECTION;
}

/** A person must agree first. Where nobody can be asked the call is denied. */
export function ask(objection: string | Objection): Ask {
  return { level: 'ask', ...wording(objection) };
}

/** The call must not run; no grant and no other plugin lifts that. */
export function deny(objection: string | Objection): Deny {
  return { level: 'deny', ...wording(objection) };
}

/** Whether a tap's answer is a refusal. */
export function isDeny(value: unknown): value is Deny {
  return typeof value === 'object' && value !== null && (value as { level?: unknown }).level === 'deny';
}

function wording(objection: string | Objection): Objection {
  return typeof objection === 'string' ? { reason: objection } : objection;
}
