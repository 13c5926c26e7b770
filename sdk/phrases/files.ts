/** Phrases about files and devices. */
import type { PhraseRow } from './row.ts';
import { INSIDE, OUTSIDE } from './shared.ts';

export const FILES: readonly PhraseRow[] = [
  {
    id: 'delete.outside-workspace',
    phrases: ['delete outside workspace', 'rm -rf /', 'rm -rf ~', 'delete outside the workspace', 'wipe the disk', 'delete everything'],
    meaning: 'deleting anything outside the workspace and the folders for temporary files',
    covers: [
      { kinds: ['delete'], scopes: OUTSIDE },
      { kinds: ['delete'], scopes: ['root'] },
    ],
  },
  {
    id: 'delete.workspace-root',
    phrases: ['delete workspace root', 'delete the workspace', 'rm -rf *'],
    meaning: 'deleting the whole workspace',
    covers: [{ kinds: ['delete'], scopes: ['root'] }],
  },
  {
    id: 'delete.inside-workspace',
    phrases: ['delete inside workspace', 'delete in workspace', 'delete build output', 'clean build folders'],
    meaning: 'deleting inside the workspace, not all of it',
    covers: [{ kinds: ['delete'], scopes: ['workspace', 'temp'] }],
  },
  {
    id: 'delete',
    phrases: ['deletion', 'delete files', 'delete resources', 'resource deletion', 'file deletion', 'destructive', 'rm'],
    meaning: 'deleting anything: files, branches, containers, cloud resources, data',
    covers: [
      { kinds: ['delete'] },
      {
        ops: [
          'git.discard',
          'git.push-delete',
          'container.remove',
          'container.volume-remove',
          'deploy.destroy',
          'deploy.cloud-delete',
          'migrate.destroy',
          'migrate.reset',
          'publish.unpublish',
        ],
      },
    ],
  },
  {
    id: 'delete.unknown-target',
    phrases: ['unknown target of delete / write', 'unknown target', 'unknown delete target', 'unknown path'],
    meaning: 'deleting or writing where it cannot be told what',
    covers: [{ unknown: ['target'] }, { kinds: ['delete', 'write'], scopes: ['unknown'] }],
  },
  {
    id: 'write.inside-workspace',
    phrases: [
      'edit inside workspace',
      'edit files',
      'write files',
      'edit',
      'write',
      'file edits',
      'write inside workspace',
      'edit file operations',
      'write file operations',
    ],
    meaning: 'changing files inside the workspace',
    covers: [{ kinds: ['write'], scopes: INSIDE }],
  },
  {
    id: 'write.outside-workspace',
    phrases: ['edit outside workspace', 'write outside workspace'],
    meaning: 'changing files outside the workspace',
    covers: [{ kinds: ['write'], scopes: OUTSIDE }],
  },
  {
    id: 'write.mode',
    phrases: ['change permissions', 'perms.recursiveOutside / setuid', 'chmod', 'chown', 'permission changes', 'setuid'],
    meaning: 'changing the mode or owner of files outside the workspace, or giving a program more rights',
    covers: [{ ops: ['write.mode', 'write.mode-recursive'], scopes: [...OUTSIDE, 'root'] }, { ops: ['privilege.setuid'] }],
  },
  {
    id: 'read.files',
    phrases: ['read file', 'read files', 'read', 'read inside workspace', 'search files', 'grep', 'list files'],
    meaning: 'reading files, none of them a place of secrets',
    covers: [{ kinds: ['read'] }, { tool: 'Read' }, { tool: 'Glob' }, { tool: 'Grep' }, { tool: 'LS' }],
  },
  {
    id: 'device.write',
    phrases: ['disk.rawDeviceWrite', 'raw device write', 'device write', 'format disk', 'mkfs', 'partition disk'],
    meaning: 'writing to a device, or making a file system',
    covers: [{ kinds: ['write', 'delete'], scopes: ['device'] }, { ops: ['write.device'] }],
  },
];
