/** Containers: what they may do to the host, and what runs in them. Sources: docker(1), docker-run(1), kubectl(1), GTFOBins: docker. */
import type { Field, Handler, Handlers, Invocation, Mount, Shell, Stream } from '../types.ts';
import { field, join, withText } from './help.ts';
import { parseOptions, type Options } from './options.ts';
import { byVerb } from './verbs.ts';

const RUN = {
  strict: true,
  short: 'aceEhlmpuvw',
  long: ['volume=', 'mount=', 'env=', 'env-file=', 'name=', 'network=', 'net=', 'user=', 'workdir=', 'publish=', 'entrypoint=', 'cap-add=', 'cap-drop=', 'device=', 'security-opt=', 'pid=', 'ipc=', 'uts=', 'userns=', 'cgroupns=', 'label=', 'memory=', 'cpus=', 'platform=', 'pull=', 'hostname=', 'add-host=', 'volumes-from=', 'restart=', 'link=', 'log-driver=', 'tmpfs=', 'shm-size=', 'gpus=', 'runtime=', 'ulimit=', 'dns=', 'expose=', 'health-cmd=', 'stop-signal=', 'cidfile=', 'attach=', 'group-add=', 'index=', 'detach-keys=', 'profile=', 'file=', 'project-name=', 'privileged', 'rm', 'interactive', 'tty', 'detach', 'init', 'read-only', 'no-deps', 'build', 'publish-all'],
}; // prettier-ignore

const docker: Handler = (cmd, shell): Stream | undefined | void => {
  const global = parseOptions(cmd.args, {
    strict: true,
    short: 'Hclf',
    long: ['host=', 'context=', 'config=', 'log-level=', 'file=', 'project-name=', 'profile=', 'env-file=', 'project-directory='],
  });
  const host = global.value('H', 'host');
  if (host && !host.text.startsWith('unix:')) shell.effect('net.connect', host.text);
  let [verb, ...rest] = global.operands;
  if (cmd.name === 'docker-compose') [verb, rest] = [field('compose'), global.operands];
  if (verb?.text === 'container' || verb?.text === 'image') [verb, ...rest] = rest;
  if (verb?.text === 'compose') return compose(rest, shell, cmd);
  switch (verb?.text) {
    case 'run':
    case 'create':
      return run(rest, shell, cmd);
    case 'exec':
      return exec(rest, shell, cmd);
    case 'cp':
      return copy(rest, shell);
    case 'build':
    case 'buildx':
      return build(rest, shell);
    case 'save':
    case 'export': {
      const output = parseOptions(rest, { short: 'o', long: ['output='] }).value('o', 'output');
      return output ? shell.writes(output) : undefined;
    }
    case 'plugin':
      return shell.effect('container.privileged', 'docker plugin');
    default:
      return void byVerb('docker', { ...cmd, args: global.operands }, shell);
  }
};

function run(args: readonly Field[], shell: Shell, cmd: Invocation): Stream | undefined {
  const options = parseOptions(args, RUN);
  const [image, ...words] = options.operands;
  shell.effect('container.run', image?.text ?? null);
  powers(options, shell);
  const mounts = mountsOf(options, shell);
  const folder = options.value('w', 'workdir') ?? (mounts[0] ? field(mounts[0].inside) : field('/'));
  const entry = options.value('entrypoint');
  const inner = { mounts, cwd: folder, stdin: cmd.stdin };
  const line = entry && entry.text !== '' ? [entry, ...words] : words;
  return line.length > 0 ? shell.run(line, `${cmd.name} run`, inner) : undefined;
}

function powers(options: Options, shell: Shell): void {
  const host = [...options.values('pid', 'ipc', 'userns', 'uts', 'cgroupns')].some((value) => value.text === 'host');
  const capable = options
    .values('cap-add')
    .some((value) => /^(?:CAP_)?(?:ALL|SYS_ADMIN|SYS_PTRACE|SYS_MODULE|DAC_READ_SEARCH|SYS_RAWIO|NET_ADMIN|BPF)$/i.test(value.text));
  const open = options.values('security-opt').some((value) => /unconfined|disable/.test(value.text));
  const device = options.values('device').some((value) => /^\/dev\/(?:sd|nvme|mem|kmem|vd|xvd|dm-|mapper)/.test(value.text));
  if (options.has('privileged') || host || capable || open || device) shell.effect('container.privileged', null);
}

function mountsOf(options: Options, shell: Shell): readonly Mount[] {
  const mounts: Mount[] = [];
  for (const volume of options.values('v', 'volume')) {
    const [host, inside] = volume.text.split(':');
    if (host === undefined || inside === undefined) continue;
    if (/^[./~\uE001]/.test(host) || host.includes('/')) mounts.push({ host: withText(volume, host), inside: inside || '/' });
  }
  for (const mount of options.values('mount')) {
    const source = /(?:^|,)(?:source|src)=([^,]*)/.exec(mount.text)?.[1];
    const target = /(?:^|,)(?:target|dst|destination)=([^,]*)/.exec(mount.text)?.[1];
    if (source !== undefined && target !== undefined && /(?:^|,)type=bind/.test(mount.text))
      mounts.push({ host: withText(mount, source), inside: target });
  }
  for (const mount of mounts) mounted(mount, shell);
  return mounts;
}

/** A folder of the host goes in: the socket of the engine is the whole host. */
function mounted(mount: Mount, shell: Shell): void {
  const place = shell.place(mount.host);
  const socket = /\/(?:docker|containerd|crio|podman)(?:\/[\w.-]+)*\.sock$/.test(mount.host.text);
  if (socket) return shell.effect('container.privileged', mount.host.text);
  if (place.scope === 'system' || place.scope === 'device')
    shell.effect('container.privileged', place.path, { words: 'gives a container folders of the system' });
  else if (place.scope === 'home' || place.scope === 'outside' || place.scope === 'unknown')
    shell.effect('container.mount', place.path, { scope: place.scope });
}

function exec(args: readonly Field[], shell: Shell, cmd: Invocation): Stream | undefined {
  const options = parseOptions(args, RUN);
  const [container, ...words] = options.operands;
  shell.effect('container.run', container?.text ?? null);
  powers(options, shell);
  return words.length > 0 ? shell.run(words, `${cmd.name} exec`, { mounts: [], stdin: cmd.stdin, cwd: field('/') }) : undefined;
}

function compose(args: readonly Field[], shell: Shell, cmd: Invocation): Stream | undefined | void {
  const global = parseOptions(args, {
    strict: true,
    short: 'fp',
    long: ['file=', 'project-name=', 'profile=', 'env-file=', 'project-directory='],
  });
  const [verb, ...rest] = global.operands;
  if (verb?.text === 'run' || verb?.text === 'exec') return verb.text === 'run' ? run(rest, shell, cmd) : exec(rest, shell, cmd);
  return void byVerb('docker', { ...cmd, args: [field('compose'), ...(verb ? [verb] : []), ...rest] }, shell);
}

function copy(args: readonly Field[], shell: Shell): void {
  const [from, to] = args.filter((arg) => !arg.text.startsWith('-') || arg.text === '-');
  const inside = (word: Field | undefined): boolean => word !== undefined && /^[\w.-]+:/.test(word.text);
  if (from && !inside(from)) shell.reads(from);
  if (to && !inside(to) && to.text !== '-') shell.writes(to);
}

function build(args: readonly Field[], shell: Shell): void {
  const options = parseOptions(args, {
    short: 'ftom',
    long: [
      'file=',
      'tag=',
      'build-arg=',
      'output=',
      'push',
      'secret=',
      'ssh=',
      'platform=',
      'target=',
      'cache-from=',
      'cache-to=',
      'progress=',
      'network=',
      'allow=',
      'label=',
      'iidfile=',
    ],
  });
  if (options.has('push')) shell.effect('publish.image', options.value('t', 'tag')?.text ?? null);
  if (options.values('allow').some((value) => /security\.insecure/.test(value.text))) shell.effect('container.privileged', 'build');
  const context = options.operands.findLast((word) => word.text !== 'build' && word.text !== 'bake');
  if (context && /^(?:https?:|git@|git:)/.test(context.text)) shell.effect('exec.download', context.text);
}

const kubectl: Handler = (cmd, shell): Stream | undefined | void => {
  const global = parseOptions(cmd.args, {
    strict: true,
    short: 'nsc',
    long: ['namespace=', 'context=', 'kubeconfig=', 'cluster=', 'server=', 'user=', 'as=', 'token='],
  });
  const [verb, ...rest] = global.operands;
  if (verb?.text === 'exec' || verb?.text === 'attach') {
    const options = parseOptions(rest, { short: 'cn', long: ['container=', 'namespace=', 'stdin', 'tty'], strict: false });
    const dashes = rest.findIndex((arg) => arg.text === '--');
    const words = dashes >= 0 ? rest.slice(dashes + 1) : options.operands.slice(1);
    const pod = options.operands[0]?.text ?? 'pod';
    shell.effect('exec.remote', pod);
    return words.length > 0 ? shell.run(words, 'kubectl exec', { remote: pod, stdin: cmd.stdin }) : undefined;
  }
  kubeSecrets(verb, rest, shell);
  return void byVerb('kubectl', { ...cmd, args: global.operands }, shell);
};

function kubeSecrets(verb: Field | undefined, rest: readonly Field[], shell: Shell): void {
  if (verb?.text === 'get' && /^secrets?(?:\/|$|,)/.test(rest.find((arg) => !arg.text.startsWith('-'))?.text ?? '') && rest.some((arg) => /^(?:-o|--output|-oyaml|-ojson|-o=.*|--output=.*)$/.test(arg.text))) shell.effect('secret.helper', 'kubectl get secret'); // prettier-ignore
  if (verb?.text === 'config' && rest.some((arg) => arg.text === '--raw')) shell.effect('secret.helper', 'kubectl config view --raw');
  if (verb?.text === 'proxy' || verb?.text === 'port-forward') shell.effect('net.listen', `kubectl ${verb.text}`);
}

const chain: Handler = (cmd, shell) => {
  const [verb, ...rest] = cmd.args.filter((arg) => !arg.text.startsWith('-'));
  if (verb?.text === 'ssh' && cmd.name === 'vagrant') {
    const at = cmd.args.findIndex((arg) => arg.text === '-c' || arg.text === '--command');
    const text = cmd.args[at + 1];
    return void (at >= 0 && text && shell.script(text, 'vagrant ssh', { mounts: [] }));
  }
  if (verb?.text === 'exec' && cmd.name !== 'vagrant') {
    return void shell.script(join(rest.slice(1)), `${cmd.name} exec`, { mounts: [] });
  }
  byVerb(cmd.name, cmd, shell);
};

/** Containers and machines. */
export const CONTAINERS: Handlers = {
  docker,
  'docker-compose': docker,
  kubectl,
  vagrant: chain,
  lxc: chain,
  incus: chain,
  runc: (_, shell) => shell.effect('container.privileged', 'runc'),
  ctr: (_, shell) => shell.effect('container.privileged', 'ctr'),
};
