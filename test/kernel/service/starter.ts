/** Takes the lock of a state folder (argument), says so, and holds it until its input ends. */
import { lock, prepareHome } from '../../../kernel/service/lock.ts';

const home = process.argv[2] ?? '';
prepareHome(home);
process.stdin.once('data', () => {
  try {
    lock(home);
    console.log('won');
  } catch (error) {
    console.log((error as { code?: string }).code);
  }
});
process.stdin.resume();
console.log('here');
