/** Plugins in a process and an isolate of their own: verdicts, output, what they cost at rest, start, replacement, and hostile ones. */
import { report, type Row } from './harness.ts';
import { saveRows, startRows } from './sandbox/life.ts';
import { outputRows } from './sandbox/output.ts';
import { residentRows } from './sandbox/resident.ts';
import { stormRows } from './sandbox/storm.ts';
import { verdictRows } from './sandbox/verdict.ts';

const parts = [verdictRows, outputRows, residentRows, startRows, saveRows, stormRows];

const rows: Row[] = [];
// One after the other: each has the machine for itself.
for (const part of parts) rows.push(...(await part()));
report(rows);
