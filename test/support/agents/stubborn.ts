#!/usr/bin/env node
// Ignores everything that can be ignored: interrupts, the end of its input, SIGTERM.
import { listen, text } from './speak.ts';

for (const name of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) process.on(name, () => undefined);
listen(
  () => text('never'),
  () => undefined,
);
setInterval(() => undefined, 1_000);
