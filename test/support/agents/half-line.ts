#!/usr/bin/env node
// Ends in the middle of a line.
import { listen, result } from './speak.ts';

listen(
  () => result('whole'),
  () => process.stdout.write('{"type":"assistant","mess', () => process.exit(0)),
);
