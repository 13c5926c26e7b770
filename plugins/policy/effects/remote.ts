/** Other machines by ssh: commands, copies. Sources: ssh(1), scp(1), sftp(1), rsync(1), GTFOBins: ssh, scp, rsync. */
import { FROM_NET, FROM_SECRET, QUIET, type Field, type Handler, type Handlers, type Shell, type Stream } from '../types.ts';
import { asField, field, join, opaque, withText } from './help.ts';
import { hostOf, sends, taintOfFile } from './hosts.ts';
import { parseOptions } from './options.ts';

const SSH_SHORT = 'BbcDEeFIiJLlmOopQRSWw';

const ssh: Handler = (cmd, shell): Stream | undefined => {
  const options = parseOptions(cmd.args, { short: SSH_SHORT, strict: true });
  if (options.has('V', 'Q', 'G')) return undefined;
  const [target, ...words] = options.operands;
  const host = target ? hostOf(target.text) : null;
  for (const setting of options.values('o')) sshOption(setting, shell);
  const config = options.value('F');
  if (config && config.text !== '/dev/null' && config.text !== 'none') shell.effect('exec.hook', `ssh -F ${config.text}`);
  const late = parseOptions(words, { short: SSH_SHORT, strict: true });
  if (!target) return undefined;
  if (late.operands.length === 0 && cmd.stdin === QUIET) {
    shell.effect('net.connect', host);
    return opaque(FROM_NET);
  }
  shell.effect('exec.remote', host);
  if (cmd.stdin.taint & FROM_SECRET) sends(shell, host, cmd.stdin.taint);
  const text = late.operands.length > 0 ? join(late.operands) : asField(cmd.stdin);
  shell.script(text, 'ssh', { remote: host ?? 'remote', stdin: cmd.stdin });
  return opaque(FROM_NET);
};

function sshOption(setting: Field, shell: Shell): void {
  const [, name, value] = /^(\w+)[= ]\s*([^]*)$/.exec(setting.text) ?? [];
  if (name === undefined || value === undefined) return;
  if (/^(?:proxycommand|localcommand|knownhostscommand)$/i.test(name)) shell.script(withText(setting, value), `ssh -o ${name}`);
  if (/^(?:pkcs11provider|securitykeyprovider|include)$/i.test(name)) shell.effect('exec.hook', setting.text);
}

/** `host:path` or a local path. */
function isRemote(word: Field): boolean {
  return /^(?:[^/:]+@)?[^/:]+:(?!\\)/.test(word.text) || /^(?:scp|sftp|rsync|ssh):\/\//.test(word.text);
}

const scp: Handler = (cmd, shell) => {
  const options = parseOptions(cmd.args, {
    short: cmd.name === 'rsync' ? 'efTBM' : 'cFiJloPSXD',
    long: [
      'rsh=',
      'rsync-path=',
      'exclude=',
      'include=',
      'filter=',
      'exclude-from=',
      'files-from=',
      'delete',
      'remove-source-files',
      'log-file=',
      'backup-dir=',
      'bwlimit=',
      'chmod=',
      'password-file=',
      'dry-run',
      'temp-dir=',
      'compare-dest=',
      'link-dest=',
      'out-format=',
      'info=',
    ],
  });
  for (const program of options.values(...(cmd.name === 'rsync' ? ['e', 'rsh', 'rsync-path'] : ['S']))) {
    if (!/^(?:ssh|rsync)\b[^;&|`$]*$/.test(program.text) || /-o\s*\w*[Cc]ommand/.test(program.text))
      shell.script(program, `${cmd.name} -e`);
  }
  for (const setting of cmd.name === 'rsync' ? [] : options.values('o')) sshOption(setting, shell);
  if (cmd.name === 'rsync' && options.has('n', 'dry-run')) return;
  const to = options.operands.at(-1);
  const from = options.operands.slice(0, -1);
  if (!to || from.length === 0) return;
  const outward = isRemote(to);
  for (const path of from) {
    if (isRemote(path)) shell.effect('net.fetch', hostOf(path.text));
    else if (outward) sends(shell, hostOf(to.text), taintOfFile(path, shell));
    else shell.reads(path);
    if (options.has('remove-source-files') && !isRemote(path)) shell.deletes(path, 'delete.recursive');
  }
  if (outward) return;
  shell.writes(to);
  // What is not at the source is deleted at the target.
  if ([...DELETES].some((name) => options.has(name))) shell.deletes(to, 'delete.recursive');
};

const DELETES = new Set(['delete', 'delete-before', 'delete-during', 'delete-after', 'delete-excluded', 'del']);

const sftp: Handler = (cmd, shell) => {
  const options = parseOptions(cmd.args, { short: 'bBcDFiJloPRSsX' });
  const host = hostOf(options.operands[0]?.text ?? '');
  const program = options.value('S', 'D');
  if (program) shell.script(program, 'sftp');
  for (const line of cmd.stdin.text?.split('\n') ?? []) {
    const upload = /^\s*-?(?:m?put|reput)\s+(?:-\w+\s+)*(\S+)/.exec(line)?.[1];
    if (upload !== undefined) sends(shell, host, taintOfFile(field(upload), shell));
    if (line.trimStart().startsWith('!')) shell.script(field(line.trimStart().slice(1)), 'sftp');
  }
  shell.effect('net.connect', host);
};

/** Other machines. */
export const REMOTE: Handlers = { ssh, mosh: ssh, autossh: ssh, scp, rsync: scp, sftp, ftp: sftp, lftp: sftp, tftp: sftp, smbclient: sftp };
