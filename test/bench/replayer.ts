#!/usr/bin/env node
// A made-up agent for the bench of the output: says at once what is in the file that the prompt names.
import { createReadStream } from 'node:fs';
import { listen, result } from '../support/agents/speak.ts';

listen((file) => {
  const lines = createReadStream(file, { highWaterMark: 1024 * 1024 });
  lines.pipe(process.stdout, { end: false });
  lines.on('end', () => result('said'));
});
