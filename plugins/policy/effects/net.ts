/** Connections of all kinds. Sources: nc(1), socat(1), openssl(1), dig(1), GTFOBins: file-upload, file-download, reverse-shell. */
import { FROM_FILE, FROM_NET, FROM_SECRET, type Field, type Handler, type Handlers } from '../types.ts';
import { field, opaque, withText } from './help.ts';
import { hostOf, sends, taintOfFile } from './hosts.ts';
import { HTTP } from './http.ts';
import { parseOptions } from './options.ts';
import { REMOTE } from './remote.ts';

/** Raw connections: `nc`, `socat`, `telnet`, `openssl s_client`. */
const netcat: Handler = (cmd, shell) => {
  const options = parseOptions(cmd.args, {
    short: 'ecpwsqioxXPmOTI',
    long: ['exec=', 'sh-exec=', 'lua-exec=', 'listen', 'source-port=', 'wait=', 'output='],
  });
  for (const program of options.values('e', 'exec', 'c', 'sh-exec')) {
    if (program.text === '') continue;
    shell.effect('exec.download', program.text, { words: 'lets another machine give the commands' });
    shell.script(program, `${cmd.name} -e`);
  }
  const host = options.operands[0] ? hostOf(options.operands[0].text) : null;
  if (options.has('U') && options.operands[0]) shell.writes(options.operands[0]);
  if (options.has('l', 'listen')) shell.effect('net.listen', options.value('p')?.text ?? options.operands.at(-1)?.text ?? null);
  else if (cmd.stdin.taint & (FROM_SECRET | FROM_FILE)) sends(shell, host, cmd.stdin.taint);
  else if (!options.has('z')) shell.effect('net.connect', host);
  return opaque(FROM_NET);
};

const socat: Handler = (cmd, shell) => {
  const addresses = cmd.args.filter((arg) => !arg.text.startsWith('-') || arg.text === '-');
  const remote = addresses.some((address) => /^(?:tcp|udp|openssl|ssl|sctp|ip|proxy|socks)/i.test(address.text));
  for (const address of addresses) {
    const [, kind, rest] = /^([A-Za-z0-9-]+):([^]*)$/.exec(address.text) ?? [];
    if (kind === undefined || rest === undefined) continue;
    if (/^(?:exec|system|shell)$/i.test(kind)) {
      shell.script(withText(address, rest.replace(/,.*$/, '')), 'socat');
      if (remote) shell.effect('exec.download', rest, { words: 'lets another machine give the commands' });
    } else if (/listen|recv/i.test(kind)) shell.effect('net.listen', rest);
    else if (/^(?:tcp|udp|openssl|ssl|proxy|socks)/i.test(kind))
      shell.effect(cmd.stdin.taint & FROM_SECRET ? 'net.exfiltrate' : 'net.connect', hostOf(rest));
    else if (/^(?:unix|abstract)/i.test(kind)) shell.writes(withText(address, rest.replace(/,.*$/, '')));
    else if (/^(?:file|open|gopen)$/i.test(kind)) shell.reads(withText(address, rest.replace(/,.*$/, '')));
    else if (/^creat(?:e)?$/i.test(kind)) shell.writes(withText(address, rest.replace(/,.*$/, '')));
  }
  return opaque(FROM_NET);
};

const openssl: Handler = (cmd, shell) => {
  const [verb] = cmd.args;
  const at = (name: string): Field | undefined => cmd.args[cmd.args.findIndex((arg) => arg.text === name) + 1];
  const given = (name: string): boolean => cmd.args.some((arg) => arg.text === name);
  if (given('-engine')) shell.effect('exec.hook', 'openssl -engine');
  if (verb?.text === 's_client') {
    const host = hostOf(at('-connect')?.text ?? '');
    if (cmd.stdin.taint & (FROM_SECRET | FROM_FILE)) sends(shell, host, cmd.stdin.taint);
    else shell.effect('net.connect', host);
    return opaque(FROM_NET);
  }
  if (verb?.text === 's_server') shell.effect('net.listen', at('-port')?.text ?? null);
  if (given('-in') && at('-in')) shell.reads(at('-in') ?? field(''));
  for (const name of ['-out', '-keyout']) if (given(name)) shell.writes(at(name) ?? field('.'));
  return undefined;
};

/** Names that are looked up carry data out. */
const lookup: Handler = (cmd, shell) => {
  const names = cmd.args.filter((arg) => !/^[-+]/.test(arg.text));
  const taint = names.reduce((sum, name) => sum | name.taint, 0);
  for (const file of cmd.args.filter((arg, index) => cmd.args[index - 1]?.text === '-f')) shell.reads(file);
  if (taint & (FROM_SECRET | FROM_FILE))
    return sends(shell, names.at(-1)?.text.split('\uE001').at(-1) ?? null, taint | (taint & FROM_FILE ? FROM_SECRET : 0));
  shell.effect('net.fetch', hostOf(names.find((name) => !name.text.startsWith('@'))?.text ?? ''));
};

const probe: Handler = (cmd, shell) => {
  const options = parseOptions(cmd.args, { short: 'cWwistIpfmQ' });
  const target = options.operands.at(-1);
  const taint = cmd.args.reduce((sum, arg) => sum | arg.taint, 0);
  if (taint & (FROM_SECRET | FROM_FILE)) sends(shell, hostOf(target?.text ?? ''), taint);
  else shell.effect('net.connect', hostOf(target?.text ?? ''));
};

const listen: Handler = (cmd, shell) => shell.effect('net.listen', cmd.name);

/** Tunnels and public addresses for what is local. */
const tunnel: Handler = (cmd, shell) => shell.effect('net.listen', cmd.args.map((arg) => arg.text).join(' ') || cmd.name);

const mail: Handler = (cmd, shell) => {
  const options = parseOptions(cmd.args, { short: 'sacbrAfqSF', long: ['attach='] });
  let taint = cmd.stdin.taint;
  for (const file of options.values('a', 'A', 'attach')) taint |= taintOfFile(file, shell);
  sends(shell, options.operands[0]?.text ?? null, taint);
};

/** Copies to stores in a cloud. */
const rclone: Handler = (cmd, shell) => {
  const [verb, ...rest] = cmd.args.filter((arg) => !arg.text.startsWith('-'));
  const [from, to] = rest;
  if (/^(?:copy|copyto|sync|move|moveto|rcat|bisync)$/.test(verb?.text ?? '') && to?.text.includes(':')) {
    if (from) sends(shell, to.text, taintOfFile(from, shell));
  } else if (/^(?:delete|purge|deletefile|rmdirs?|cleanup)$/.test(verb?.text ?? ''))
    shell.effect('deploy.cloud-delete', from?.text ?? null);
  else if (/^(?:serve|rcd)$/.test(verb?.text ?? '')) shell.effect('net.listen', 'rclone');
};

/** The network. */
export const NET: Handlers = {
  ...HTTP,
  ...REMOTE,
  nc: netcat,
  ncat: netcat,
  netcat,
  telnet: netcat,
  'nc.openbsd': netcat,
  'nc.traditional': netcat,
  socat,
  openssl,
  dig: lookup,
  host: lookup,
  nslookup: lookup,
  drill: lookup,
  kdig: lookup,
  whois: lookup,
  ping: probe,
  ping6: probe,
  traceroute: probe,
  nmap: probe,
  masscan: probe,
  sshpass: (cmd, shell) => shell.run(parseOptions(cmd.args, { short: 'pfdP', strict: true }).operands, 'sshpass', { stdin: cmd.stdin }),
  'ssh-copy-id': (cmd, shell) => shell.effect('guard.persist', cmd.args.at(-1)?.text ?? null),
  'ssh-keygen': (cmd, shell) => {
    const options = parseOptions(cmd.args, { short: 'fbtCNPDIOVznsmraRFwYM' });
    if (options.has('D')) shell.effect('exec.hook', 'ssh-keygen -D');
    const file = options.value('f');
    if (file && !options.has('l', 'y', 'F', 'B', 'e')) shell.writes(file);
    else if (file && options.has('y')) shell.reads(file);
  },
  mail,
  mailx: mail,
  sendmail: mail,
  mutt: mail,
  swaks: mail,
  msmtp: mail,
  rclone,
  ngrok: tunnel,
  cloudflared: tunnel,
  localtunnel: tunnel,
  lt: tunnel,
  bore: tunnel,
  chisel: tunnel,
  tailscale: tunnel,
  'magic-wormhole': tunnel,
  wormhole: tunnel,
  croc: tunnel,
  transfer: tunnel,
  'http-server': listen,
  serve: listen,
};
