/** Whether an address of the web is one that was granted: decided on the text that the guest gave, before any parser reads it. */
import { isIP } from 'node:net';
import { denied, quoted, wrong } from './refuse.ts';

const MAX_URL = 8_192;
/** A name of at least two parts, the last not a number (else it would be read as an IPv4 address), and perhaps a port. */
const GRANT = /^https:\/\/((?:[a-z0-9](?:[a-z0-9-]*[a-z0-9])?\.)+[a-z](?:[a-z0-9-]*[a-z0-9])?)(?::([1-9][0-9]{0,4}))?$/;

/**
 * The address as parsed. Host and port must be spelt exactly as in a grant, so that no two parsers can read two hosts in it.
 * @throws VP_SANDBOX_ARGUMENT, VP_PERMISSION_DENIED
 */
export function grantedUrl(text: unknown, granted: readonly string[]): URL {
  if (typeof text !== 'string') throw wrong('the address to fetch must be text');
  if (text.length > MAX_URL) throw wrong(`an address has at most ${MAX_URL} characters`);
  const what = `calling ${quoted(text)}`;
  if (/[\s\0-\x20\x7f\\]/.test(text)) throw denied(what, 'there is a space, a control character or a backslash in it');
  const [, scheme = '', authority = ''] = /^([^:/?#]*):\/\/([^/?#]*)/.exec(text) ?? [];
  if (scheme !== 'https') throw denied(what, 'only addresses that start with https:// are called');
  if (authority.includes('@')) throw denied(what, 'there is a user name in it');
  const origin = `https://${authority}`;
  if (!isOrigin(origin)) throw denied(what, 'a host is the full name of one on the internet, in small letters, such as api.acme.dev');
  if (!granted.includes(origin)) {
    throw denied(what, `add ${quoted(origin)} to permissions.net in the manifest, and to the grant in the config, spelt exactly so`);
  }
  const url = parsed(text, what);
  if (url.protocol !== 'https:' || url.username !== '' || url.password !== '') throw denied(what, 'it is not read as it is written');
  if (url.hostname !== GRANT.exec(origin)?.[1] || url.origin !== new URL(origin).origin)
    throw denied(what, 'its host is not read as it is written');
  return url;
}

/** Whether a text can be granted at all. */
function isOrigin(origin: string): boolean {
  const [, host, port = '443'] = GRANT.exec(origin) ?? [];
  return host !== undefined && host.length <= 253 && isIP(host) === 0 && Number(port) <= 65_535;
}

function parsed(text: string, what: string): URL {
  const url = URL.parse(text);
  if (url === null) throw denied(what, 'it cannot be parsed');
  return url;
}
