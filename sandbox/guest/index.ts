/** The prelude: the script that runs in an isolate before the plugin does. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** In the order in which they need each other. */
const PARTS = [
  'primordials',
  'bridge',
  'errors',
  'calls',
  'log',
  'timers',
  'exceptions',
  'events',
  'text',
  'url',
  'headers',
  'fetch',
  'random',
  'clone',
  'owned',
  'taps',
  'services',
  'context',
  'operations',
  'globals',
  'main',
] as const;

let source: string | undefined;

/**
 * One script of all parts, the body of a function that is called with the host's function and what the isolate is started with. The
 * parts are modules for those who read and check them; an isolate has no modules, so here they share one scope, and no two of them may
 * use the same name at their top.
 */
export function preludeSource(): string {
  source ??= `'use strict';\n${PARTS.map(scriptOf).join('')}return entry;\n`;
  return source;
}

function scriptOf(part: string): string {
  return readFileSync(join(import.meta.dirname, `${part}.js`), 'utf8')
    .replaceAll(/^import \{[^}]*\} from '[^']*';$/gm, '')
    .replaceAll(/^export (?=const |function |class )/gm, '');
}
