import { newHome, startStore } from './support.ts';
import { storeBattery } from './battery.ts';

storeBattery('a file', { place: newHome, open: (home) => startStore(home) });
// Every call is a commit of its own, and next to nothing is kept in memory.
storeBattery('a file without batches and cache', { place: newHome, open: (home) => startStore(home, { batchKb: 1e-9, cacheMb: 0 }) });
