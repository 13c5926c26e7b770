#!/usr/bin/env node
// Closes its input and works on for a moment.
import { closeSync } from 'node:fs';
import { say } from './speak.ts';

closeSync(0);
say({ type: 'system', subtype: 'init', session_id: 'deaf' });
setTimeout(() => process.exit(0), 300);
