/** The last part of the prelude. What it returns is the one thing of the guest that the host holds. */
import { prepareGlobals } from './globals.js';
import { receive } from './operations.js';

prepareGlobals();
export const entry = receive;
