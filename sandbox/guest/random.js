/** `crypto`, as far as it is randomness. */
import { hostRandom } from './bridge.js';
import { DOMException } from './exceptions.js';
import { bytesOf, freeze, indexOf, NativeTypeError, substring, typedArrayName } from './primordials.js';

const DIGITS = '0123456789abcdef';
const MOST = 65_536;

export const crypto = freeze({
  __proto__: null,
  getRandomValues(array) {
    const name = typedArrayName(array);
    if (name === undefined || indexOf(name, 'Float') === 0) throw new NativeTypeError('getRandomValues takes an array of whole numbers');
    const bytes = bytesOf(array);
    if (bytes.length > MOST) throw new DOMException(`more than ${MOST} bytes at once`, 'QuotaExceededError');
    const hex = hostRandom(bytes.length);
    if (hex.length !== bytes.length * 2) throw new DOMException('the host gave no random bytes', 'NotSupportedError');
    for (let at = 0; at < bytes.length; at += 1) bytes[at] = indexOf(DIGITS, hex[at * 2]) * 16 + indexOf(DIGITS, hex[at * 2 + 1]);
    return array;
  },
  randomUUID() {
    const hex = hostRandom(16);
    if (hex.length !== 32) throw new DOMException('the host gave no random bytes', 'NotSupportedError');
    const variant = '89ab'[indexOf(DIGITS, hex[16]) & 3];
    const parts = [substring(hex, 0, 8), substring(hex, 8, 12), `4${substring(hex, 13, 16)}`, variant + substring(hex, 17, 20)];
    return `${parts[0]}-${parts[1]}-${parts[2]}-${parts[3]}-${substring(hex, 20)}`;
  },
});
