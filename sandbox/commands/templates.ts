/** What `vp plugin new` writes. Each form passes check, test and pack as it is. */

/** Names of files, relative to the folder, and their texts. */
export type Files = Readonly<Record<string, string>>;

const CASES = [
  { id: 'a forced push', command: 'git push --force', expected: 'deny' },
  { id: 'a plain push', command: 'git push', expected: 'allow' },
  { id: 'another tool', tool: 'Read', input: { file_path: 'README.md' }, expected: 'allow' },
];

/** A file alone. */
export function fileTemplate(name: string, stem: string): Files {
  return { [`${stem}.ts`]: source(`  name: '${name}',\n  version: '0.1.0',\n  description: 'Refuses forced pushes',\n`) };
}

/** A folder with a file and what belongs to it. */
export function folderTemplate(name: string): Files {
  const [code = ''] = Object.values(fileTemplate(name, 'plugin'));
  const use = `In \`vp.config.ts\`: \`plugins: ['./${folderName(name)}/plugin.ts']\`. It runs in the sandbox and may tap hooks, log, set timers and keep values;
files, network, variables and services need \`permissions\` in \`plugin.ts\` and \`grant\` in the config.`;
  return { 'plugin.ts': code, 'cases.jsonl': cases(), 'README.md': readme(name, use, './plugin.ts') };
}

/** A package to publish. */
export function packageTemplate(name: string): Files {
  const manifest = {
    name,
    version: '0.1.0',
    description: 'Refuses forced pushes',
    entry: './plugin.ts',
    permissions: { hooks: ['pre-command'] },
  };
  const pack = {
    name,
    version: '0.1.0',
    description: 'Refuses forced pushes',
    license: 'UNLICENSED',
    type: 'module',
    keywords: ['vp-plugin'],
  };
  const use = `Install the tarball that \`vp plugin pack\` makes, name it in \`vp.config.ts\` (\`plugins: ['${name}']\`) and grant it what \`plugin.json\` asks
for: \`npx vp plugin grant ${name}\`.`;
  return {
    'plugin.ts': source(`  name: '${name}',\n`),
    'plugin.json': `${JSON.stringify(manifest, null, 2)}\n`,
    'package.json': `${JSON.stringify(pack, null, 2)}\n`,
    'cases.jsonl': cases(),
    'README.md': readme(name, use, '.'),
  };
}

/** The folder's name: that of the plugin without its scope. */
export function folderName(name: string): string {
  return name.replace(/^@[^/]+\//, '');
}

function source(head: string): string {
  return `import { definePlugin, deny } from '@vp/sdk';

export default definePlugin({
${head}  hooks: {
    'pre-command'({ tool, input }) {
      if (tool !== 'Bash') return;
      const isForced = /\\bgit\\s+push\\b.*\\s(?:--force\\b|-f\\b)/.test(String(input['command']));
      if (isForced) return deny({ reason: 'no forced pushes here', instead: 'push without --force' });
    },
  },
});
`;
}

function cases(): string {
  return `${CASES.map((one) => JSON.stringify(one)).join('\n')}\n`;
}

function readme(name: string, use: string, path: string): string {
  return `# ${name}

Refuses forced pushes.

${use}

\`\`\`
npx vp plugin check ${path}    # what it asks for
npx vp plugin test ${path}     # runs cases.jsonl against it, in the sandbox
npx vp plugin pack ${path}     # makes a tarball
\`\`\`
`;
}
