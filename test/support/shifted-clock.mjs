// Loaded into a process before all else: its wall clock is off by the seconds in the file that VP_TEST_CLOCK names, as if somebody had
// set the time. Clocks that count from the boot are left alone, as they would be.
import { readFileSync } from 'node:fs';

const file = process.env['VP_TEST_CLOCK'];
const real = Date.now;
const Real = globalThis.Date;
let shift = 0;
const look = () => {
  try {
    shift = Number(readFileSync(file, 'utf8')) * 1000 || 0;
  } catch {
    shift = 0;
  }
};
if (file !== undefined) {
  look();
  setInterval(look, 20).unref();
  globalThis.Date = class extends Real {
    /** @param {[] | [number | string | Date]} args */
    constructor(...args) {
      super(args.length === 0 ? real() + shift : args[0]);
    }
    static now() {
      return real() + shift;
    }
  };
}
