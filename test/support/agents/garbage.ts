#!/usr/bin/env node
// Prints what is no protocol, then ends its turn well.
import { listen, result } from './speak.ts';

listen(() => {
  process.stdout.write('hello?\n\n[1,2]\nnull\n{"type":"user"}\n{"type":"assistant","message":{"content":7}}\n{"torn":\n');
  process.stdout.write(Buffer.from([0xff, 0xfe, 0x00, 0x0a]));
  result('after the garbage');
});
