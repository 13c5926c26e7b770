#!/usr/bin/env node
// Prints as many megabytes as the prompt says without a newline, then goes on as if nothing had been.
import { listen, result } from './speak.ts';

listen((prompt) => {
  const chunk = Buffer.alloc(1_000_000, 'x');
  const write = (left: number): void => {
    if (left === 0) process.stdout.write('\n', () => result('after the flood'));
    else process.stdout.write(chunk, () => write(left - 1));
  };
  write(Number(prompt));
});
