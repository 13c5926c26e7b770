/** Processes, users, the system, secrets from programs. Sources: kill(1), pkill(1), useradd(8), mount(8), sysctl(8), capabilities(7), shutdown(8), gpg(1). */
import { OWN_NAME as OWN } from '../tables/guards.ts';
import { SECRET_NAME } from '../tables/secrets.ts';
import {
  FROM_GUARD,
  FROM_PROCESSES,
  FROM_SECRET,
  type Field,
  type Handler,
  type Handlers,
  type Invocation,
  type Shell,
  type Stream,
} from '../types.ts';
import { isKnown, opaque, textStream } from './help.ts';
import { parseOptions } from './options.ts';

const kill: Handler = (cmd, shell) => {
  const { args } = cmd;
  if (args.some((arg) => /^-(?:l|L|-list|-table)$/.test(arg.text))) return;
  let at = 0;
  if (/^-s$|^--signal$/.test(args[0]?.text ?? '')) at = 2;
  else if (/^-(?:\d+|[A-Z]+[A-Z0-9+]*)$/i.test(args[0]?.text ?? '') && args.length > 1) at = 1;
  if (args[at]?.text === '--') at += 1;
  const probe = /^-(?:0|EXIT)$/.test(args[0]?.text ?? '') || (at === 2 && args[1]?.text === '0');
  if (probe) return;
  for (const target of args.slice(at)) one(target, shell);
};

function one(target: Field, shell: Shell): void {
  const { text } = target;
  if (text === '-1') return shell.effect('process.kill-all', text);
  // A job of this shell, or a process that this call has found or started.
  if (text.startsWith('%')) return;
  if (target.taint & FROM_GUARD) return shell.effect('guard.kill', null);
  if (target.taint & FROM_PROCESSES) return shell.effect('process.kill-many', null);
  if (text === '1') return shell.effect('process.power', 'process 1');
  if (text === '0') return;
  // A number below zero names a whole group of processes.
  const pid = /^-?\d{1,9}$/.test(text) ? Math.abs(Number(text)) : 0;
  if (pid > 0 && shell.context.isGuardedProcess?.(pid) === true) return shell.effect('guard.kill', text);
  shell.effect('process.kill', isKnown(text) ? text : null);
}

const pkill: Handler = (cmd, shell) => {
  const options = parseOptions(
    cmd.args.filter((arg) => !/^-(?:\d+|[A-Z]{2,})$/.test(arg.text)),
    {
      short: 'FGgPstUurs',
      long: [
        'signal=',
        'pidfile=',
        'parent=',
        'pgroup=',
        'session=',
        'terminal=',
        'euid=',
        'uid=',
        'user=',
        'full',
        'exact',
        'older=',
        'newest',
        'oldest',
      ],
    },
  );
  const [pattern] = options.operands;
  const users = options.values('u', 'U', 'euid', 'uid', 'user', 'g', 'G');
  if (options.operands.some((word) => OWN.test(word.text))) shell.effect('guard.kill', pattern?.text ?? null);
  if (!pattern && users.length > 0) shell.effect('process.kill-all', users[0]?.text ?? null);
  else if (pattern && /^[.*^$]*$/.test(pattern.text)) shell.effect('process.kill-all', pattern.text);
  // One command line, rather than a name that many may have.
  else if (options.has('f', 'full') && isSingle(pattern)) shell.effect('process.kill', pattern?.text ?? null);
  else shell.effect('process.kill-many', options.operands.map((word) => word.text).join(' ') || null);
};

/** Numbers of processes by name, or by the port they hold: what is then ended is what counts. */
/** A pattern for one command line, not for a name that many may have. */
function isSingle(pattern: Field | undefined): boolean {
  return pattern !== undefined && /[\s/]|\.\w+/.test(pattern.text) && !/[*+|]/.test(pattern.text);
}

const pgrep: Handler = (cmd) => {
  const own = cmd.args.some((arg) => OWN.test(arg.text));
  const single = cmd.args.some((arg) => /^-\w*f/.test(arg.text)) && isSingle(cmd.args.findLast((arg) => !arg.text.startsWith('-')));
  return { text: '\uE000', paths: null, taint: (single ? 0 : FROM_PROCESSES) | (own ? FROM_GUARD : 0) };
};

const ps: Handler = () => opaque(FROM_PROCESSES);

const fuser: Handler = (cmd, shell) => {
  if (cmd.args.some((arg) => /^-\w*k/.test(arg.text))) shell.effect('process.kill-many', cmd.args.filter((arg) => !arg.text.startsWith('-')).map((arg) => arg.text).join(' ')); // prettier-ignore
};

const power: Handler = (cmd, shell) => {
  if (cmd.args.some((arg) => arg.text === '-c' || arg.text === '--show' || arg.text === '-w')) return;
  shell.effect('process.power', cmd.name);
};

const init: Handler = (cmd, shell) => {
  if (/^[0156SsQq]$/.test(cmd.args[0]?.text ?? '')) shell.effect('process.power', `${cmd.name} ${cmd.args[0]?.text ?? ''}`);
};

function always(op: 'privilege.account' | 'privilege.system' | 'privilege.escalate' | 'guard.persist', unless?: RegExp): Handler {
  return (cmd, shell) => {
    if (unless && cmd.args.length > 0 && unless.test(cmd.args.map((arg) => arg.text).join(' '))) return;
    if (unless && cmd.args.length === 0) return;
    shell.effect(op, [cmd.name, ...cmd.args.map((arg) => arg.text)].join(' '));
  };
}

const mount: Handler = (cmd, shell) => {
  if (cmd.args.length === 0 || cmd.args.some((arg) => /^-(?:l|V|-version|h|-help)$/.test(arg.text))) return;
  shell.effect('privilege.system', cmd.name);
};

const sysctl: Handler = (cmd, shell) => {
  if (cmd.args.some((arg) => arg.text.includes('=') || /^(?:-w|-p|--write|--load|--system)/.test(arg.text)))
    shell.effect('privilege.system', 'sysctl');
};

const setcap: Handler = (cmd, shell) => shell.effect('privilege.setuid', cmd.args.at(-1)?.text ?? null);

/** Patterns that pick harmless lines out of the environment. */
function narrows(next: readonly string[] | null): boolean {
  const [program, ...args] = next ?? [];
  if (program !== 'grep' && program !== 'egrep' && program !== 'rg') return /^(?:wc)$/.test(program ?? '');
  if (args.some((arg) => /^-\w*[vcq]/.test(arg))) return args.some((arg) => /^-\w*[cq]/.test(arg));
  const pattern = args.find((arg) => !arg.startsWith('-')) ?? '';
  return (
    pattern.replace(/[^A-Za-z]/g, '').length >= 3 &&
    !SECRET_NAME.test(pattern) &&
    !/key|tok|sec|pass|pw|cred|auth|\.\*|aws|api|url|dsn/i.test(pattern)
  );
}

/** `printenv NAME` shows one variable, `printenv` all. */
const printenv: Handler = (cmd, shell) => {
  const names = cmd.args.filter((arg) => !arg.text.startsWith('-'));
  if (names.length > 0) {
    const secret = names.find((name) => SECRET_NAME.test(name.text));
    if (secret) shell.effect('secret.dump', secret.text);
    return opaque(secret ? FROM_SECRET : 0);
  }
  return dumpEnvironment(cmd, shell);
};

/** Shows all variables, as far as the next command does not pick harmless ones. */
export function dumpEnvironment(cmd: Invocation, shell: Shell): Stream {
  if (narrows(cmd.next)) return textStream('\uE000');
  shell.effect('secret.dump', 'environment');
  return opaque(FROM_SECRET);
}

const gpg: Handler = (cmd, shell) => {
  const options = parseOptions(cmd.args, {
    short: 'oruc',
    long: [
      'output=',
      'recipient=',
      'export-secret-keys',
      'export-secret-subkeys',
      'delete-secret-keys',
      'delete-keys',
      'import',
      'decrypt',
      'encrypt',
      'passphrase-file=',
      'homedir=',
    ],
  });
  const output = options.value('o', 'output');
  if (output) shell.writes(output);
  if (options.has('export-secret-keys', 'export-secret-subkeys')) {
    shell.effect('secret.helper', 'gpg --export-secret-keys');
    return opaque(FROM_SECRET);
  }
  if (options.has('delete-secret-keys', 'delete-keys', 'delete-secret-and-public-key'))
    shell.effect('delete.file', 'gpg keys', { scope: 'home' });
  for (const file of options.operands) shell.reads(file);
  return undefined;
};

/** Tracing another process shows its memory. */
const attach: Handler = (cmd, shell) => {
  if (cmd.args.some((arg) => /^(?:-p|--pid|-P)/.test(arg.text)) || cmd.name === 'gcore') shell.effect('secret.dump', 'memory of a process');
};

const iptables: Handler = (cmd, shell) => {
  if (cmd.args.some((arg) => /^(?:-[ADIRFXPNZE]|--(?:append|delete|insert|replace|flush|policy))$/.test(arg.text)))
    shell.effect('privilege.system', cmd.name);
};

const passwd: Handler = (cmd, shell) => {
  if (!cmd.args.some((arg) => /^(?:-S|--status)$/.test(arg.text)))
    shell.effect('privilege.account', [cmd.name, ...cmd.args.map((arg) => arg.text)].join(' '));
};

function all(list: string, handler: Handler): Handlers {
  return Object.fromEntries(list.split(' ').map((name) => [name, handler]));
}

/** Processes and the system. */
export const SYSTEM: Handlers = {
  kill,
  pkill,
  killall: pkill,
  skill: pkill,
  xkill: pkill,
  killall5: (_, shell) => shell.effect('process.kill-all', 'killall5'),
  ps,
  pgrep,
  pidof: pgrep,
  fuser,
  ...all('shutdown reboot halt poweroff', power),
  ...all('init telinit', init),
  ...all(
    'useradd adduser userdel deluser usermod groupadd addgroup groupdel delgroup groupmod gpasswd chpasswd newusers chage vipw vigr visudo sudoedit chsh chfn pwck dscl',
    always('privilege.account'),
  ),
  passwd,
  ...all(
    'insmod rmmod modprobe kexec pivot_root swapon swapoff losetup ldconfig update-alternatives update-grub grub-mkconfig dpkg-reconfigure setenforce semanage aa-disable auditctl fsfreeze hwclock adjtimex efivar',
    always('privilege.system', /^(?:-l|--list|-V|--version|-n|--show|--display \S+|--query \S+|-a)$/),
  ),
  ...all('mount umount fusermount', mount),
  ...all('iptables ip6tables ebtables arptables ipset', iptables),
  sysctl,
  setcap,
  printenv,
  gpg,
  gpg2: gpg,
  ...all('gcore ptrace reptyr', attach),
  ...all('incrontab anacron', always('guard.persist', /^-l$/)),
};
