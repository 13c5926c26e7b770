/** The SDK's declarations as one text, so that a change of what plugin authors see is noticed. `--check` compares; else it writes. */
import { globSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { emit } from './emit.ts';
import { findImports } from './parse.ts';
import { readJson, root } from './repository.ts';

const file = 'test/sdk/api.snapshot.d.ts';
const header =
  '// What @vp/sdk declares. Written by `npm run api`; `npm run check` compares. A removal or a narrowing is a breaking change.\n';

/**
 * Declarations of the SDK and of the schemas' types that it hands on, without comments, in the order of their paths. Only what a
 * plugin's author can reach from the package's entries counts.
 */
function declarations(): string {
  const folder = mkdtempSync(join(tmpdir(), 'vp-api-'));
  try {
    // Named one by one: a file that the compiler reaches only through node_modules counts as a library and is not emitted.
    emit(folder, ['sdk', 'schemas/types.ts', 'schemas/generated'], ['sdk/node_modules'], {
      emitDeclarationOnly: true,
      removeComments: true,
    });
    const entries = Object.values(readJson<{ exports: Record<string, string> }>('sdk/package.json').exports);
    const texts = reachable(
      folder,
      entries.map((path) => join('sdk', path)),
    );
    const parts = [...texts].toSorted(([a], [b]) => (a < b ? -1 : 1)).map(([path, text]) => `\n// ${path}\n${text.trim()}\n`);
    return header + parts.join('');
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** The declarations of some sources and of all that these import, by the path of the source. */
function reachable(folder: string, sources: readonly string[]): Map<string, string> {
  const texts = new Map<string, string>();
  const waiting = [...sources];
  for (let path = waiting.pop(); path !== undefined; path = waiting.pop()) {
    const declared = path.replace(/\.ts$/, '.d.ts');
    if (texts.has(declared)) continue;
    const text = readFileSync(join(folder, declared), 'utf8');
    texts.set(declared, text);
    for (const { specifier } of findImports(declared, text)) {
      if (specifier.startsWith('.')) waiting.push(join(path, '..', specifier));
      if (specifier === '@vp/schemas/types') waiting.push('schemas/types.ts');
    }
  }
  return texts;
}

/** The first line that differs, with what was there before. */
function firstDifference(before: string, after: string): string {
  const [old, now] = [before.split('\n'), after.split('\n')];
  const line = now.findIndex((text, index) => text !== old[index]);
  const at = line === -1 ? now.length : line;
  return `line ${at + 1}\n- ${old[at] ?? ''}\n+ ${now[at] ?? ''}`;
}

function main(check: boolean): number {
  const now = declarations();
  if (!check) {
    writeFileSync(join(root, file), now);
    return 0;
  }
  const before = globSync(file, { cwd: root }).length > 0 ? readFileSync(join(root, file), 'utf8') : '';
  if (before === now) return 0;
  console.log(`the SDK's declarations changed: ${file}, ${firstDifference(before, now)}`);
  console.log('If that is meant, run `npm run api`, commit the file and say it in CHANGELOG.md.');
  return 1;
}

process.exitCode = main(process.argv.includes('--check'));
