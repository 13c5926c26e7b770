/** The import rules hold in this repository, and the check that says so sees what breaks them. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { findBreaches, findOversize, formatBreach } from '../../.ci/imports.ts';

const root = join(import.meta.dirname, '../..');

describe('the repository', () => {
  it('imports only along schemas <- sdk <- kernel, sandbox, plugins, examples', () => {
    expect(findBreaches(root).map(formatBreach)).toEqual([]);
  });

  it('keeps kernel/core small', () => {
    const breaches = findOversize(root).filter((breach) => !breach.warning);
    expect(breaches.map(formatBreach)).toEqual([]);
  });
});

describe('the check', () => {
  const trees: string[] = [];
  afterEach(() => {
    for (const folder of trees.splice(0)) rmSync(folder, { recursive: true, force: true });
  });

  /** A small repository: the workspaces of the real one, and the files given. */
  function tree(files: Readonly<Record<string, string>>): string {
    const folder = mkdtempSync(join(tmpdir(), 'vp-imports-'));
    trees.push(folder);
    const manifests = Object.fromEntries(
      ['schemas', 'sdk', 'kernel', 'sandbox', 'plugins/a', 'plugins/b'].map((path) => [
        `${path}/package.json`,
        JSON.stringify({ name: `@vp/${path.split('/').at(-1)}` }),
      ]),
    );
    for (const [path, text] of Object.entries({ ...manifests, ...files })) {
      mkdirSync(dirname(join(folder, path)), { recursive: true });
      writeFileSync(join(folder, path), text);
    }
    return folder;
  }

  const breaches = (files: Readonly<Record<string, string>>): string[] => findBreaches(tree(files)).map(formatBreach);

  it('accepts every import that goes down the line', () => {
    const found = breaches({
      'sdk/index.ts': "export type * from '@vp/schemas/types';\nexport { a } from './a.ts';",
      'kernel/core/kernel.ts': "import { VpError } from '@vp/sdk';\nimport { compile } from '@vp/schemas';\nimport pino from 'pino';",
      'kernel/bin/main.ts': "import { createSandbox } from '@vp/sandbox';\nimport { createKernel } from '../core/kernel.ts';",
      'sandbox/index.ts': "import { VpError } from '@vp/sdk';",
      'plugins/a/index.ts': "import { definePlugin } from '@vp/sdk';\nimport { own } from './own.ts';\nimport fs from 'node:fs';",
      'examples/hello/index.ts': "import { definePlugin } from '@vp/sdk';",
      'test/kernel/core.test.ts': "import { createKernel } from '../../kernel/core/kernel.ts';",
      'vp.config.ts': "import { defineConfig } from '@vp/sdk';",
    });
    expect(found).toEqual([]);
  });

  it('names the file, the line and the remedy where a plugin imports the kernel', () => {
    const found = breaches({ 'plugins/a/file.ts': "import fs from 'node:fs';\n\nimport { x } from '@vp/kernel/core/scope.ts';" });
    expect(found).toEqual(['plugins/a/file.ts:3 imports kernel/core/scope.ts: use @vp/sdk']);
  });

  it('sees a relative path out of the plugin, a type, a re-export and a dynamic import', () => {
    const found = breaches({
      'plugins/a/file.ts': [
        "import type { A } from '../../kernel/core/a.ts';",
        "export { b } from '../../kernel/core/b.ts';",
        "const c = await import('../../kernel/core/c.ts');",
        "type D = import('../../kernel/core/d.ts').D;",
        "import '../../kernel/core/e.ts';",
      ].join('\n'),
    });
    expect(found.map((line) => line.split(' ')[0])).toEqual([1, 2, 3, 4, 5].map((line) => `plugins/a/file.ts:${line}`));
  });

  it('does not mistake text or a comment for an import', () => {
    const found = breaches({ 'plugins/a/file.ts': "// import x from '@vp/kernel'\nexport const text = `import x from '@vp/kernel'`;" });
    expect(found).toEqual([]);
  });

  it('refuses one plugin importing another', () => {
    const found = breaches({
      'plugins/a/file.ts': "import { b } from '@vp/b';",
      'plugins/b/file.ts': "import { a } from '../a/index.ts';",
    });
    expect(found).toEqual([
      'plugins/a/file.ts:1 imports plugins/b: ask for its service through ctx.use',
      'plugins/b/file.ts:1 imports plugins/a/index.ts: ask for its service through ctx.use',
    ]);
  });

  it('lets nothing but kernel/bin join the kernel and the sandbox', () => {
    const found = breaches({
      'kernel/core/runtime.ts': "import { isolate } from '@vp/sandbox';",
      'sandbox/index.ts': "import { Scope } from '@vp/kernel';",
      'kernel/cli/index.ts': "import { main } from '../bin/main.ts';",
    });
    expect(found).toEqual([
      'kernel/cli/index.ts:1 imports ../bin/main.ts: kernel/bin joins the rest; nothing imports it',
      'kernel/core/runtime.ts:1 imports sandbox: only kernel/bin joins the kernel and the sandbox',
      'sandbox/index.ts:1 imports kernel: use @vp/sdk',
    ]);
  });

  it('lets the SDK import types of the schemas and nothing else', () => {
    const found = breaches({
      'sdk/good.ts': "import type { VpConfig } from '@vp/schemas/types';",
      'sdk/value.ts': "import { compile } from '@vp/schemas';",
      'sdk/untyped.ts': "import { VpConfig } from '@vp/schemas/types';",
      'sdk/up.ts': "import type { Kernel } from '@vp/kernel';",
    });
    const remedy = "the SDK has no dependency at run time; use `import type` from '@vp/schemas/types'";
    expect(found).toEqual([
      `sdk/untyped.ts:1 imports @vp/schemas/types: ${remedy}`,
      'sdk/up.ts:1 imports kernel: the SDK imports types of @vp/schemas only',
      `sdk/value.ts:1 imports @vp/schemas: ${remedy}`,
    ]);
  });

  it('wants a package named, not reached by a path', () => {
    const found = breaches({ 'plugins/a/file.ts': "import { VpError } from '../../sdk/index.ts';" });
    expect(found).toEqual(["plugins/a/file.ts:1 imports ../../sdk/index.ts: use the package's name, @vp/sdk"]);
  });

  it('refuses imports of tests by the product, and a folder that no rule knows', () => {
    const found = breaches({ 'kernel/a.ts': "import { fake } from '../test/support/fake.ts';", 'extra/a.ts': "import '@vp/sdk';" });
    expect(found).toEqual([
      'extra/a.ts:1 imports @vp/sdk: no rule says what extra may import; add it to .ci/imports.ts',
      'kernel/a.ts:1 imports test/support/fake.ts: tests and tools are not part of the product',
    ]);
  });

  it('reports a file that does not parse', () => {
    expect(breaches({ 'sdk/broken.ts': 'const = ;' })[0]).toMatch(/^sdk\/broken\.ts:1 does not parse/);
  });

  it('warns of a large core and refuses a huge one, or one long file', () => {
    const lines = (count: number): string => '//\n'.repeat(count);
    const core = (count: number): Record<string, string> =>
      Object.fromEntries(Array.from({ length: count }, (_, index) => [`kernel/core/f${index}.ts`, lines(250)]));
    expect(findOversize(tree(core(6)))).toEqual([]);
    expect(findOversize(tree(core(7))).map((breach) => breach.warning)).toEqual([true]);
    expect(findOversize(tree(core(9))).map((breach) => breach.warning)).toEqual([false]);
    expect(findOversize(tree({ 'kernel/core/long.ts': lines(251) })).map(formatBreach)).toEqual([
      'kernel/core/long.ts:251 is 251 lines long: split it, 250 is the limit',
    ]);
  });
});
