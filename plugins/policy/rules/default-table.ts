/** What is asked out of the box, as a table that a person can read. */
import type { ActionMatch } from '@vp/sdk/phrases';
import type { BuiltInRule } from './built-in.ts';

/** On this machine. */
const LOCAL: ActionMatch = { kinds: ['net'], targets: ['localhost', '127.*', '::1', '[::1]', '*.localhost'] };

/** What is asked unless the charter's `autoApprove` covers it. */
export const DEFAULTS: readonly BuiltInRule[] = [
  {
    id: 'secret.look',
    level: 'ask',
    about: 'files of settings in the workspace and the environment, shown',
    on: [{ kinds: ['secret'] }],
    reason: 'it may show secrets',
    instead: 'look at the example file, or at the names only',
  },
  {
    id: 'publish',
    level: 'ask',
    about: 'packages, images and releases published or withdrawn',
    on: [{ kinds: ['publish'] }],
    reason: 'it publishes',
    instead: 'a dry run, such as `npm publish --dry-run`',
  },
  {
    id: 'deploy',
    level: 'ask',
    about: 'what runs elsewhere changed: clusters, clouds, hosts',
    on: [{ kinds: ['deploy'] }],
    reason: 'it changes what runs elsewhere',
    instead: 'a plan or a diff, such as `terraform plan` or `kubectl diff`',
  },
  {
    id: 'migrate',
    level: 'ask',
    about: 'schema or data of a database changed',
    on: [{ kinds: ['migrate'] }],
    reason: 'it changes a database',
    instead: 'show the statements, or a status, without applying them',
  },
  {
    id: 'net.upload',
    level: 'ask',
    about: 'data sent to another host',
    on: [{ ops: ['net.upload'] }],
    but: [LOCAL],
    reason: 'it sends data to another host',
    instead: 'a request that only fetches, or one to localhost',
  },
  {
    id: 'net.connect',
    level: 'ask',
    about: 'connections of which nothing is known, to another host',
    on: [{ ops: ['net.connect'] }],
    but: [LOCAL],
    reason: 'it opens a connection to another host',
    instead: 'a request that only fetches, or one to localhost',
  },
  {
    id: 'exec.remote',
    level: 'ask',
    about: 'commands run on another machine',
    on: [{ ops: ['exec.remote'] }],
    reason: 'it runs a command on another machine',
    instead: 'run it here',
  },
  {
    id: 'exec.opaque',
    level: 'ask',
    about: 'code that cannot be seen through, hooks of other programs, other agents, unknown tools',
    on: [{ ops: ['exec.code', 'exec.hook', 'exec.agent', 'exec.unknown-tool'] }],
    reason: 'what it runs cannot be seen through',
    instead: 'write the commands out, or put the code into a file of the workspace first',
  },
  {
    id: 'write.outside-workspace',
    level: 'ask',
    about: 'writing outside the workspace and the folders for temporary files',
    on: [{ kinds: ['write'], scopes: ['home', 'outside'] }],
    reason: 'it writes outside the workspace',
    instead: 'write inside the workspace',
  },
  {
    id: 'write.mode-workspace',
    level: 'ask',
    about: 'the mode of the whole workspace changed; the workspace moved',
    on: [{ ops: ['write.mode-recursive', 'write.move'], scopes: ['root'] }],
    reason: 'it changes the workspace as a whole',
    instead: 'name the files concerned',
  },
  {
    id: 'git.config',
    level: 'ask',
    about: 'what git runs, and where it pushes',
    on: [{ ops: ['git.config', 'git.remote'] }],
    reason: 'it changes what git runs or where it pushes',
    instead: 'use the remotes and settings that are there',
  },
  {
    id: 'git.hooks-skip',
    level: 'ask',
    about: "going past the repository's checks",
    on: [{ ops: ['git.hooks-skip'] }],
    reason: "it skips the repository's checks",
    instead: 'let the checks run, and mend what they find',
  },
  {
    id: 'process.foreign',
    level: 'ask',
    about: 'processes ended by name; services of the system',
    on: [{ ops: ['process.kill-many', 'process.service'] }],
    reason: 'it may end what the session did not start',
    instead: 'end a process that you have started, by its id',
  },
  {
    id: 'container.state',
    level: 'ask',
    about: 'containers, images and volumes removed; folders outside the workspace given to a container',
    on: [{ ops: ['container.remove', 'container.volume-remove', 'container.mount'] }],
    reason: 'it removes or exposes what lies outside the workspace',
    instead: 'name the containers that you have started, or mount the workspace only',
  },
];

/** What cannot be told. An `ask` of the floor each. */
export const UNKNOWN: Readonly<Record<string, { readonly reason: string; readonly instead: string }>> = {
  unparsed: { reason: 'the command does not parse', instead: 'mend the syntax; `bash -n` shows where it breaks' },
  'too-large': { reason: 'the command is too large to be analysed', instead: 'put it into a file in parts, or make it shorter' },
  'too-deep': { reason: 'the command is nested too deeply to be analysed', instead: 'take it apart into several calls' },
  'command-word': { reason: 'it cannot be told which program would run', instead: "write the program's name out" },
  target: { reason: 'it cannot be told what it would change', instead: 'write the path out' },
  script: {
    reason: 'what the script does cannot be told',
    instead: 'put the script into the workspace and read it first, or write the commands out',
  },
  'hidden-characters': { reason: 'the text holds characters that cannot be seen', instead: 'write it in plain characters' },
  shape: { reason: 'the call does not have the shape of this tool', instead: 'call the tool as it is described' },
  tool: { reason: 'nothing is known of this tool', instead: 'use a tool that VP knows' },
  cwd: { reason: 'it cannot be told in which folder it would run', instead: 'write the folder out' },
};
