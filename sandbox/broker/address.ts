/** Which addresses of the network are the world's, and not this machine's or its neighbours'. */
import { BlockList, isIP } from 'node:net';

/**
 * IANA's special-purpose registries of IPv4. The ranges for documentation are left out: no machine has them, and tests stand on them.
 */
const PRIVATE_V4: readonly (readonly [string, number])[] = [
  ['0.0.0.0', 8],
  ['10.0.0.0', 8],
  ['100.64.0.0', 10],
  ['127.0.0.0', 8],
  ['169.254.0.0', 16],
  ['172.16.0.0', 12],
  ['192.0.0.0', 24],
  ['192.88.99.0', 24],
  ['192.168.0.0', 16],
  ['198.18.0.0', 15],
  ['224.0.0.0', 4],
  ['240.0.0.0', 4],
];

/** Within the one range of IPv6 that the world has: protocol assignments with Teredo, and 6to4, which hides an IPv4 address. */
const SPECIAL_V6: readonly (readonly [string, number])[] = [
  ['2001::', 23],
  ['2002::', 16],
];

const NAT64 = /^\[64:ff9b::(?:([0-9a-f]{1,4}):)?([0-9a-f]{1,4})?\]$/;

const privateV4 = blockList(PRIVATE_V4, 'ipv4');
const globalV6 = blockList([['2000::', 3]], 'ipv6');
const specialV6 = blockList(SPECIAL_V6, 'ipv6');

/** Whether a plugin may be connected to an address. False for whatever is not an address. */
export function isPublic(address: string): boolean {
  switch (isIP(address)) {
    case 4:
      return !privateV4.check(address, 'ipv4');
    case 6:
      return isPublicV6(address);
    default:
      return false;
  }
}

function isPublicV6(address: string): boolean {
  if (address.includes('%')) return false; // bound to one network card
  const translated = translatedV4(address);
  if (translated !== undefined) return isPublic(translated);
  return globalV6.check(address, 'ipv6') && !specialV6.check(address, 'ipv6');
}

/** The IPv4 address in one of NAT64's well-known prefix (RFC 6052), which networks without IPv4 answer with. */
function translatedV4(address: string): string | undefined {
  // The parser of addresses writes one in its shortest form.
  const [whole, high = '0', low = '0'] = NAT64.exec(new URL(`http://[${address}]`).hostname) ?? [];
  if (whole === undefined) return undefined;
  const bits = [Number.parseInt(high, 16), Number.parseInt(low, 16)];
  return bits.flatMap((part) => [part >> 8, part & 255]).join('.');
}

function blockList(ranges: readonly (readonly [string, number])[], family: 'ipv4' | 'ipv6'): BlockList {
  const list = new BlockList();
  for (const [net, prefix] of ranges) list.addSubnet(net, prefix, family);
  return list;
}
