#!/usr/bin/env node
// Reports settings in which the gate does not hold.
import { createInterface } from 'node:readline';
import { say } from './speak.ts';

createInterface({ input: process.stdin }).on('line', (line) => {
  const { type, request_id } = JSON.parse(line) as { type: string; request_id: string };
  if (type === 'user') say({ type: 'result', is_error: false, result: 'ran without a gate' });
  else
    say({ type: 'control_response', response: { subtype: 'success', request_id, response: { effective: { permissions: { ask: [] } } } } });
});
