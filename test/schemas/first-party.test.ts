import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import firstParty from '@vp/kernel/first-party.json' with { type: 'json' };
import { charterSchema, compile, configSchema, manifestSchema } from '@vp/schemas';

const plugins = join(import.meta.dirname, '../../plugins');

// The kernel spares itself this check at each start, for the schemas that belong to its own release.
describe('the schemas of this release', () => {
  it.each([
    ['config', configSchema],
    ['manifest', manifestSchema],
    ['charter', charterSchema],
  ])('%s is a valid schema', (_name, schema) => {
    expect(() => compile(schema)).not.toThrow();
  });

  it.each(firstParty.plugins)('the options of $name are described by a valid schema', ({ name }) => {
    const manifest = JSON.parse(readFileSync(join(plugins, name.replace('@vp/', ''), 'plugin.json'), 'utf8')) as { config?: object };
    expect(() => compile(manifest.config ?? {})).not.toThrow();
  });

  it('refuses a schema that is not one, where it is not known', () => {
    expect(() => compile({ type: 'object', properties: { size: { type: 'number', minimum: 'two' } } })).toThrow(/schema is invalid/);
  });
});
