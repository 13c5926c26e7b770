#!/usr/bin/env node
// Ends at once.
process.stderr.write('I quit\n');
process.exit(3);
