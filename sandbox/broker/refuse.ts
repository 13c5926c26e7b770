/** The broker's refusals. Only their code and message reach the guest, so the message itself says what to do. */
import { isVpError, type VpError } from '@vp/sdk';
import { sandboxError } from '../errors.ts';

const QUOTED_LENGTH = 200;

/** Not in force, or never to be had. `why` says what to add, or that nothing helps. */
export function denied(what: string, why: string): VpError {
  return sandboxError('VP_PERMISSION_DENIED', { what, why });
}

/** An argument that the method does not take. */
export function wrong(what: string): VpError {
  return sandboxError('VP_SANDBOX_ARGUMENT', { what });
}

/** More than a limit of the plugin. */
export function beyond(what: string): VpError {
  return sandboxError('VP_SANDBOX_LIMIT', { what });
}

/** Text of the guest's for a message: in quotes, with control characters escaped, cut. */
export function quoted(text: string): string {
  const short = text.length > QUOTED_LENGTH ? `${text.slice(0, QUOTED_LENGTH)}…` : text;
  return JSON.stringify(short.toWellFormed());
}

/** An error as the guest may see it. Of one that is not VP's own only that it happened: its words may hold paths of the machine. */
export function shownError(thrown: unknown, what: string): { readonly code: string; readonly message: string } {
  const error = isVpError(thrown) || ours.has(thrown as VpError) ? (thrown as VpError) : sandboxError('VP_REQUEST_FAILED', { what });
  return { code: error.code, message: isOurs(error) ? error.message : withoutPaths(error.message) };
}

const ours = new WeakSet<VpError>();

/** Marks an error as made of nothing but the broker's and the guest's own words. */
export function forGuest(error: VpError): VpError {
  ours.add(error);
  return error;
}

function isOurs(error: VpError): boolean {
  return ours.has(error) || /^VP_(?:SANDBOX|PERMISSION|FETCH|REQUEST)_/.test(error.code);
}

/** Everything from a slash that starts a path to the end of its line: a path may hold spaces. Addresses of the web stay. */
function withoutPaths(message: string): string {
  return message.replaceAll(/(?<![\w:/.])\/[^\n"']+/g, '…');
}
