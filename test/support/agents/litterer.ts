#!/usr/bin/env node
// Leaves children behind: one in its group, one in a session of its own, both deaf to SIGTERM.
import { spawn } from 'node:child_process';
import { listen, result } from './speak.ts';

listen(() => {
  const deaf = 'trap "" TERM; while :; do sleep 1; done';
  const near = spawn('sh', ['-c', deaf], { stdio: 'ignore' });
  const far = spawn('setsid', ['sh', '-c', deaf], { stdio: 'ignore', detached: true });
  near.unref();
  far.unref();
  result(`${near.pid} ${far.pid}`);
});
