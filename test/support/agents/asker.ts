#!/usr/bin/env node
// Asks for as many tools as the prompt says, one after the other, and reports how each answer came: `id:behavior`, in order.
import { ask, listen, result } from './speak.ts';

const answers: string[] = [];
let wanted = 0;

function next(): void {
  if (answers.length === wanted) return result(answers.join(' '));
  ask(`q${answers.length}`, `t${answers.length}`, 'Bash', { command: `echo ${answers.length}` });
}

listen(
  (prompt) => {
    wanted = Number(prompt);
    next();
  },
  undefined,
  ({ response }) => {
    answers.push(`${response.request_id}:${String(response.response?.['behavior'])}`);
    next();
  },
);
