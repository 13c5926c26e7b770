/** What verdicts are worked out with: equal versions, equal verdicts. */
import { PHRASES } from '@vp/sdk/phrases';
import own from './package.json' with { type: 'json' };
import manifest from './plugin.json' with { type: 'json' };
import { hashOf } from './log/canonical.ts';
import type { Versions } from './log/record.ts';
import { DEFAULTS } from './rules/default-table.ts';
import { FLOOR } from './rules/floor-table.ts';
import { OPS } from './tables/ops.ts';

export const VERSIONS: Versions = {
  policy: manifest.version,
  parser: `unbash ${own.dependencies.unbash}`,
  tables: hashOf([OPS, FLOOR, DEFAULTS, PHRASES]),
};
