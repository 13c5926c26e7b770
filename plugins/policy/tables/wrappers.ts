/** Programs that run the rest of their arguments as a command. Source of each row: the manual page of that name, and GTFOBins (function `shell` or `command`). */

/** How to find the command among the arguments. */
export interface Wrapper {
  /** Short options with a value. */
  readonly short?: string;
  /** Long options; `name=` with a value. */
  readonly long?: readonly string[];
  /** Operands before the command. */
  readonly skip?: number;
  /** Words `NAME=value` before the command are variables. */
  readonly assigns?: boolean;
  /** The words are joined to shell text, unless option `execOption` says otherwise. */
  readonly shell?: boolean;
  /** An option whose value is shell text. */
  readonly text?: readonly string[];
  /** The command's working folder. */
  readonly folder?: readonly string[];
  /** Runs as another user. */
  readonly rises?: boolean;
  /** The command stands behind `--` only. */
  readonly dashes?: boolean;
  /** It may run more than once, or on what cannot be told. */
  readonly uncertain?: boolean;
}

export const WRAPPERS: Readonly<Record<string, Wrapper>> = {
  sudo: { short: 'ugpCcDhRrTtU', long: ['user=', 'group=', 'prompt=', 'close-from=', 'chdir=', 'host=', 'chroot=', 'role=', 'command-timeout=', 'type=', 'other-user='], assigns: true, folder: ['D', 'chdir'], rises: true }, // sudo(8)
  doas: { short: 'aCu', rises: true }, // doas(1)
  pkexec: { long: ['user='], rises: true }, // pkexec(1)
  gosu: { skip: 1, rises: true },
  'su-exec': { skip: 1, rises: true },
  runas: { rises: true },
  'sudo-rs': { short: 'ugpCcDhRrTtU', assigns: true, rises: true },
  env: { short: 'uCSaP', long: ['unset=', 'chdir=', 'split-string=', 'argv0='], assigns: true, folder: ['C', 'chdir'], text: ['S', 'split-string'] }, // env(1)
  nice: { short: 'n', long: ['adjustment='] }, // nice(1)
  nohup: {}, // nohup(1)
  timeout: { short: 'ks', long: ['kill-after=', 'signal='], skip: 1 }, // timeout(1)
  gtimeout: { short: 'ks', long: ['kill-after=', 'signal='], skip: 1 },
  time: { short: 'fo', long: ['format=', 'output='] }, // time(1)
  stdbuf: { short: 'ioe', long: ['input=', 'output=', 'error='] }, // stdbuf(1)
  unbuffer: {}, // unbuffer(1)
  setsid: {}, // setsid(1)
  ionice: { short: 'cnpPu', long: ['class=', 'classdata=', 'pid='] }, // ionice(1)
  chrt: { short: 'pTPD', long: ['pid=', 'sched-runtime=', 'sched-period=', 'sched-deadline='], skip: 1 }, // chrt(1)
  taskset: { short: 'p', skip: 1 }, // taskset(1)
  numactl: { short: 'CNmipl', long: ['cpunodebind=', 'membind=', 'interleave=', 'preferred=', 'physcpubind='] }, // numactl(8)
  choom: { short: 'np', long: ['adjust=', 'pid='] }, // choom(1)
  prlimit: { short: 'p', long: ['pid='] }, // prlimit(1)
  setpriv: { long: ['reuid=', 'regid=', 'groups=', 'securebits=', 'inh-caps=', 'bounding-set='] }, // setpriv(1)
  capsh: { dashes: true, text: ['c'] }, // capsh(1)
  setarch: { skip: 1 }, // setarch(8)
  linux32: {}, linux64: {}, i386: {}, x86_64: {},
  unshare: { short: 'SGR', long: ['root=', 'wd=', 'setuid=', 'setgid='] }, // unshare(1)
  bwrap: { long: ['bind=', 'ro-bind=', 'dev=', 'proc=', 'tmpfs=', 'chdir=', 'setenv='] }, // bwrap(1)
  firejail: {}, // firejail(1)
  fakeroot: { short: 'lfisb', dashes: false }, // fakeroot(1)
  proot: { short: 'rbwq' }, // proot(1)
  'systemd-run': { short: 'pEuMHtd', long: ['unit=', 'property=', 'setenv=', 'uid=', 'gid=', 'working-directory=', 'on-active=', 'on-calendar=', 'on-boot=', 'on-startup=', 'on-unit-active=', 'on-unit-inactive=', 'timer-property=', 'slice=', 'description='], folder: ['working-directory'] }, // systemd-run(1)
  'systemd-inhibit': { long: ['what=', 'who=', 'why=', 'mode='] }, // systemd-inhibit(1)
  'dbus-run-session': { long: ['config-file='] }, // dbus-run-session(1)
  'dbus-launch': {},
  'xvfb-run': { short: 'enfpsw', long: ['server-num=', 'error-file=', 'server-args=', 'auth-file='] }, // xvfb-run(1)
  strace: { short: 'aeEIoOpPsSuUbX', long: ['output=', 'attach=', 'env=', 'trace='] }, // strace(1)
  ltrace: { short: 'aAeFlnopsuxX' }, // ltrace(1)
  gdbserver: { skip: 1 }, // gdbserver(1)
  valgrind: {}, // valgrind(1)
  perf: { skip: 1, short: 'eopFgC', long: ['event=', 'output='] }, // perf-stat(1)
  rlwrap: { short: 'abcCDefgGHlmMnNoOpPqrRsStUw' }, // rlwrap(1)
  socksify: {}, proxychains: { short: 'f' }, proxychains4: { short: 'f' }, torsocks: {}, tsocks: {},
  ts: {}, chronic: {}, ifne: {}, // moreutils
  catchsegv: {}, eatmydata: {}, faketime: { skip: 1, short: 'f' }, cpulimit: { short: 'lpe', dashes: true },
  watchexec: { short: 'wefid', dashes: false, uncertain: true },
  hyperfine: { shell: true, short: 'wrnpsm', long: ['warmup=', 'runs=', 'prepare=', 'setup=', 'cleanup=', 'export-json='], text: ['p', 'prepare', 's', 'setup', 'cleanup', 'c'] },
  chroot: { long: ['userspec=', 'groups='], skip: 1, rises: true }, // chroot(8)
  nsenter: { short: 'tSG', long: ['target=', 'setuid=', 'setgid='], rises: true }, // nsenter(1)
  watch: { short: 'nqd', long: ['interval=', 'equexit='], shell: true }, // watch(1)
  entr: { uncertain: true }, // entr(1)
  parallel: { short: 'jaNnLIsS', long: ['jobs=', 'arg-file=', 'joblog=', 'max-args=', 'colsep=', 'delay=', 'timeout=', 'results=', 'tmpdir='], shell: true, uncertain: true }, // parallel(1)
  flock: { short: 'wEc', long: ['timeout=', 'wait=', 'conflict-exit-code=', 'command='], skip: 1, text: ['c', 'command'] }, // flock(1)
  script: { short: 'cIOBTmoE', long: ['command=', 'log-out=', 'log-in=', 'log-io=', 'log-timing='], text: ['c', 'command'], dashes: true }, // script(1)
  'start-stop-daemon': { short: 'axpuncdgrkN', long: ['exec=', 'startas=', 'pidfile=', 'user=', 'name=', 'chdir='], dashes: true }, // start-stop-daemon(8)
  setlock: { skip: 1 }, softlimit: {}, chpst: { short: 'uUbe/nlmdofpcrt012P' },
  sg: { skip: 1, shell: true }, newgrp: {}, // sg(1)
  runuser: { short: 'ucgGsTw', long: ['user=', 'command=', 'group=', 'shell='], text: ['c', 'command'], rises: true }, // runuser(1)
  su: { short: 'cgGsTw', long: ['command=', 'group=', 'shell='], text: ['c', 'command'], rises: true }, // su(1)
  doppler: { dashes: true }, dotenv: { short: 'ef', dashes: true }, direnv: { skip: 2 }, op: { dashes: true }, 'aws-vault': { dashes: true }, chamber: { dashes: true }, infisical: { dashes: true },
  'cross-env': { assigns: true }, 'cross-env-shell': { assigns: true, shell: true }, 'env-cmd': { short: 'fre' }, dotenvx: { dashes: true },
  concurrently: { shell: true, short: 'nckpsl', long: ['names=', 'prefix=', 'kill-others-on='] },
  nodemon: { short: 'ewidx', long: ['exec=', 'watch=', 'ext=', 'ignore='], text: ['x', 'exec'] },
  'wait-on': {}, 'start-server-and-test': { shell: true },
  'ld-linux-x86-64.so.2': { long: ['library-path=', 'preload=', 'argv0='] }, // ld.so(8)
  'ld-linux.so.2': { long: ['library-path=', 'preload=', 'argv0='] },
  'ld-musl-x86_64.so.1': {},
  busybox: {}, toybox: {}, // busybox(1): the applet is the command
  coproc: {}, noglob: {}, nocorrect: {},
  rustup: { dashes: true }, pyenv: { dashes: true }, rbenv: {}, asdf: {}, mise: { dashes: true }, volta: { dashes: true },
  caffeinate: { short: 'tw' }, arch: {}, 'sandbox-exec': { short: 'fpnD' }, // macOS

  distrobox: { dashes: true }, toolbox: { dashes: true },
}; // prettier-ignore
