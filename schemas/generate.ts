/** Writes `generated/*.ts` from the schemas. `--check` writes nothing and fails where a file is stale. */
import { readFile, writeFile } from 'node:fs/promises';
import { compile } from 'json-schema-to-typescript';

const names = ['config', 'manifest', 'charter', 'hooks'] as const;
const check = process.argv.includes('--check');
const stale: string[] = [];

for (const name of names) {
  const schema = JSON.parse(await readFile(new URL(`./${name}.schema.json`, import.meta.url), 'utf8')) as { title: string };
  const generated = await compile(schema, schema.title, {
    bannerComment: `/* Generated from ../${name}.schema.json by \`npm run generate\`. Do not edit. */`,
    unreachableDefinitions: true,
    additionalProperties: false,
    format: false,
  });
  const text = generated
    .replaceAll(/\n \* \n \* This interface was referenced by [^*]*\n \* via the `definition` [^*]*\n/g, '\n')
    .replaceAll(/\/\*\*\n \* This interface was referenced by [^*]*\n \* via the `definition` [^*]*\n \*\/\n/g, '');
  const url = new URL(`./generated/${name}.ts`, import.meta.url);
  const current = await readFile(url, 'utf8').catch(() => '');
  if (current === text) continue;
  if (check) stale.push(`schemas/generated/${name}.ts`);
  else await writeFile(url, text);
}

if (stale.length > 0) {
  console.error(`stale: ${stale.join(', ')}; run \`npm run generate\``);
  process.exitCode = 1;
}
