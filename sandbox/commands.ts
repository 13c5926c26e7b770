/** The commands of the sandbox: a table that `vp` shows without loading what is behind it. */
import type { Command as Listed } from '@vp/schemas';
import type { Command } from '@vp/sdk';

/** One command. `arguments` and `options` are as in a manifest. */
export interface SandboxCommand extends Pick<Listed, 'name' | 'summary' | 'arguments' | 'options' | 'mutates'> {
  /** Loaded only when it is run. */
  readonly load: () => Promise<{ default: Command }>;
}

const PLUGIN = { name: 'plugin', summary: 'A file or folder, a package, or the name of a plugin of the config' };
const CONFIG = { flags: '--config <file>', summary: 'Config file that names the plugin (default: the nearest vp.config.ts)' };

export const COMMANDS: readonly SandboxCommand[] = [
  {
    name: 'plugin new',
    summary: 'Write a plugin to start from',
    arguments: [{ name: 'name', summary: 'Its name, such as no-friday or @acme/guard' }],
    options: [
      { flags: '--dir <dir>', summary: 'Folder to write into (default: here)' },
      { flags: '--file', summary: 'A single file, without a folder around it' },
      { flags: '--package', summary: 'A package to publish: with plugin.json and package.json' },
    ],
    load: () => import('./commands/plugin-new.ts'),
  },
  {
    name: 'plugin check',
    summary: 'Read a plugin without running it: what it asks for, what to grant',
    arguments: [PLUGIN],
    options: [CONFIG],
    load: () => import('./commands/plugin-check.ts'),
  },
  {
    name: 'plugin test',
    summary: 'Run a plugin in the sandbox against the cases beside it',
    arguments: [PLUGIN],
    options: [
      { flags: '--cases <file>', summary: 'Cases, one JSON object a line (default: cases.jsonl beside the plugin)' },
      { flags: '--net', summary: 'Let it use the network and the variables that it asks for' },
    ],
    load: () => import('./commands/plugin-test.ts'),
  },
  {
    name: 'plugin pack',
    summary: 'Make the tarball of a plugin, to publish or to hand on',
    arguments: [PLUGIN],
    options: [{ flags: '--out <dir>', summary: 'Folder for the tarball (default: here)' }],
    load: () => import('./commands/plugin-pack.ts'),
  },
  {
    name: 'plugin grant',
    summary: 'Grant a plugin what it asks for, once you have read what that is',
    arguments: [PLUGIN],
    options: [{ flags: '--yes', summary: 'Do not ask' }, { flags: '--optional', summary: 'Also what it can do without' }, CONFIG],
    mutates: true,
    load: () => import('./commands/plugin-grant.ts'),
  },
  {
    name: 'plugin revoke',
    summary: "Take a plugin's grant back; a running one is ended at once",
    arguments: [PLUGIN],
    options: [CONFIG],
    mutates: true,
    load: () => import('./commands/plugin-revoke.ts'),
  },
];
