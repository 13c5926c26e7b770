/** Manifests as they are published. */
import { describe, expect, it } from 'vitest';
import { packedManifest, packedPluginManifest } from '../../.ci/manifest.ts';

const versions = new Map([
  ['@vp/sdk', '1.4.0'],
  ['@vp/a', '1.4.0'],
]);

describe('a published package.json', () => {
  it('points at JavaScript, with the declarations beside it', () => {
    const manifest = {
      name: '@vp/a',
      version: '1.4.0',
      exports: { '.': './index.ts', './plugin.json': './plugin.json', './types': './types.d.ts' },
      imports: { '#main': './bin/main.ts' },
      bin: { a: 'bin/a.js' },
    };
    expect(packedManifest(manifest, versions)).toEqual({
      name: '@vp/a',
      version: '1.4.0',
      exports: { '.': { types: './index.d.ts', default: './index.js' }, './plugin.json': './plugin.json', './types': './types.d.ts' },
      imports: { '#main': './bin/main.js' },
      bin: { a: 'bin/a.js' },
    });
  });

  it('leaves behind what only this repository needs', () => {
    const manifest = { name: '@vp/a', version: '1.4.0', devDependencies: { vitest: '1.0.0' }, scripts: { prepare: 'x' }, license: 'MIT' };
    expect(packedManifest(manifest, versions)).toEqual({ name: '@vp/a', version: '1.4.0', license: 'MIT' });
  });

  it('names the exact version of the packages published with it', () => {
    const manifest = { name: '@vp/a', version: '1.4.0', dependencies: { '@vp/sdk': '*', yaml: '2.9.1' } };
    expect(packedManifest(manifest, versions)).toMatchObject({ dependencies: { '@vp/sdk': '1.4.0', yaml: '2.9.1' } });
  });

  it('may not depend on a workspace that is not published', () => {
    const manifest = { name: '@vp/a', version: '1.4.0', dependencies: { '@vp/private': '1.4.0' } };
    expect(() => packedManifest(manifest, versions)).toThrow('@vp/a depends on @vp/private, which is not published');
  });
});

describe('a published plugin.json', () => {
  it('names modules as they are called once built', () => {
    const manifest = {
      $schema: '../../schemas/manifest.schema.json',
      name: 'a',
      entry: './index.ts',
      commands: [{ name: 'b', module: './b.ts' }],
    };
    expect(packedPluginManifest(manifest)).toEqual({ name: 'a', entry: './index.js', commands: [{ name: 'b', module: './b.js' }] });
  });

  it('gets no entry and no command that it did not have', () => {
    expect(packedPluginManifest({ name: 'a' })).toEqual({ name: 'a' });
  });
});
