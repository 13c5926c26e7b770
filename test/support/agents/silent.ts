#!/usr/bin/env node
// Lives, but never says a word.
process.stdin.resume();
process.stdin.on('end', () => undefined);
setInterval(() => undefined, 1_000);
