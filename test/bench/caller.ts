#!/usr/bin/env node
// A made-up agent for the bench of the gate. Asks for as many tools as the prompt says, one after the other. Each call says when it
// was written; the result says how long each answer took, in milliseconds. The clock is the machine's, the same in all processes.
import { ask, listen, result } from '../support/agents/speak.ts';

const now = (): number => Number(process.hrtime.bigint()) / 1e6;
const waits: number[] = [];
let wanted = 0;
let asked = 0;

function next(): void {
  if (waits.length === wanted) return result(JSON.stringify(waits));
  asked = now();
  ask(`q${waits.length}`, `t${waits.length}`, 'Bash', { command: 'true', asked });
}

listen(
  (prompt) => {
    wanted = Number(prompt);
    next();
  },
  undefined,
  () => {
    waits.push(now() - asked);
    // Let the machine rest: what is measured is one call, not a queue of them.
    setTimeout(next, 5);
  },
);
