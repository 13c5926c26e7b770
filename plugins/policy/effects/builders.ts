/** Builders and packages of the system. Sources: go(1), cargo(1), make(1), gradle, mvn, apt-get(8), dpkg(1), dnf(8), pacman(8) manuals; GTFOBins: make, apt-get. */
import type { Field, Handler, Handlers, Shell, Stream } from '../types.ts';
import { field, join, withText } from './help.ts';
import { byName } from './names.ts';
import { parseOptions } from './options.ts';
import { byVerb } from './verbs.ts';

const go: Handler = (cmd, shell) => {
  const [verb, ...rest] = cmd.args;
  const options = parseOptions(rest, {
    single: true,
    long: [
      'exec=',
      'toolexec=',
      'o=',
      'C=',
      'vettool=',
      'overlay=',
      'ldflags=',
      'tags=',
      'run=',
      'count=',
      'coverprofile=',
      'timeout=',
      'gcflags=',
      'mod=',
      'p=',
      'bench=',
      'w',
      'u',
    ],
  });
  for (const program of options.values('exec', 'toolexec', 'vettool')) shell.script(program, `go ${verb?.text ?? ''} -exec`);
  const output = options.value('o');
  if (output) shell.writes(output);
  if (verb?.text === 'generate') shell.effect('exec.program', 'go generate', { certain: false });
  if (verb?.text === 'run')
    for (const target of options.operands.slice(0, 1))
      if (/^[\w-]+\.[\w.-]+\/.*@/.test(target.text)) shell.effect('exec.program', target.text);
  if (verb?.text === 'env' && options.has('w')) shell.effect('exec.hook', options.operands[0]?.text ?? null);
};

const cargo: Handler = (cmd, shell) => {
  const args = cmd.args.filter((arg) => !arg.text.startsWith('+'));
  const config = args.findIndex((arg) => arg.text === '--config');
  const value = args[config + 1];
  if (config >= 0 && value && /runner|rustc-wrapper|linker|rustc\s*=|alias/.test(value.text)) {
    shell.effect('exec.hook', value.text);
    const program = /=\s*['"[]*([^'"\]]+)/.exec(value.text)?.[1];
    if (program !== undefined) shell.script(withText(value, program), 'cargo --config');
  }
  byVerb('cargo', { ...cmd, args }, shell);
  if (args[0]?.text === 'install')
    for (const [index, arg] of args.entries())
      if (arg.text === '--git' && args[index + 1]) shell.effect('exec.download', args[index + 1]?.text ?? null);
  const target = args.findIndex((arg) => arg.text === '--target-dir');
  if (target >= 0 && args[target + 1]) shell.writes(args[target + 1] ?? field('.'));
};

const make: Handler = (cmd, shell): Stream | undefined | void => {
  const options = parseOptions(cmd.args, {
    short: 'CfIjloW',
    long: [
      'directory=',
      'file=',
      'makefile=',
      'eval=',
      'jobs',
      'include-dir=',
      'dry-run',
      'just-print',
      'question',
      'old-file=',
      'what-if=',
    ],
  });
  const folder = options.value('C', 'directory');
  if (folder) {
    const rest = cmd.args.filter(
      (arg, index) => !/^-C|^--directory/.test(arg.text) && !/^(?:-C|--directory)$/.test(cmd.args[index - 1]?.text ?? ''),
    );
    return shell.run([field(cmd.name, cmd.args[0]?.span), ...rest], `${cmd.name} -C`, { cwd: folder });
  }
  for (const text of options.values('eval')) evaluated(text, shell);
  const file = options.value('f', 'file', 'makefile');
  if (file?.text === '-' || file?.text === '/dev/stdin')
    evaluated({ text: cmd.stdin.text ?? '\uE001', glob: false, taint: cmd.stdin.taint }, shell);
  for (const word of options.operands) {
    const [, name, value] = /^(\w+)[:?+]?=([^]*)$/.exec(word.text) ?? [];
    if (name === 'SHELL' && value !== undefined && !/^(?:\/(?:usr\/)?bin\/)?(?:ba|da|z)?sh$/.test(value))
      shell.script(withText(word, value), 'make SHELL');
  }
  if (options.has('n', 'dry-run', 'just-print', 'q', 'question', 'recon')) return;
  const targets = options.operands.filter((word) => !word.text.includes('='));
  for (const target of targets) byName(target.text, shell);
  shell.recipes(
    file && file.text !== '-' ? file : undefined,
    targets.map((target) => target.text),
  );
};

function evaluated(text: Field, shell: Shell): void {
  if (text.text.includes('\uE001')) return shell.unknown('script', 'what make runs cannot be told', text.span);
  for (const match of text.text.matchAll(/\$\(shell\s+([^)]*)\)|^[^:\n]*:[^;\n]*;?\s*([^\n]*)$|^\t([^\n]*)$/gm)) {
    const command = match[1] ?? match[2] ?? match[3];
    if (command) shell.script(withText(text, command.replace(/^[@+-]+/, '')), 'make --eval');
  }
}

/** Task runners whose targets have names that say what they do. */
const tasks: Handler = (cmd, shell) => {
  for (const word of cmd.args) if (!word.text.startsWith('-')) byName(word.text, shell);
};

const gradle: Handler = (cmd, shell) => {
  byVerb(cmd.name.startsWith('mvn') ? 'mvn' : 'gradle', cmd, shell);
  for (const arg of cmd.args) if (/^-Dexec\.(?:executable|args)|^--init-script|^-I/.test(arg.text)) shell.effect('exec.hook', arg.text);
};

/** `python manage.py`, `php artisan` and the like by name of the file. */
const manage: (table: string) => Handler = (name) => (cmd, shell) => void byVerb(name, cmd, shell);

/** System packages: as root only, so what they change is the system. */
const systemPackages: Handler = (cmd, shell) => {
  const options = parseOptions(cmd.args, { short: 'oct', long: ['option=', 'config-file=', 'target-release='] });
  for (const option of options.values('o', 'option')) {
    const command = /(?:Pre-Invoke|Post-Invoke|Pre-Install-Pkgs|Update::Pre-Invoke)[^=]*=\s*["']?(.+?)["']?$/i.exec(option.text)?.[1];
    if (command !== undefined) shell.script(withText(option, command), `${cmd.name} -o`);
  }
  const [verb] = options.operands;
  const changes =
    /^(?:install|remove|purge|autoremove|upgrade|dist-upgrade|full-upgrade|reinstall|downgrade|add|del|erase|update|-S\w*|-R\w*|-U\w*|-i|-r|-P|in|rm|swap|group\w*|history|key|adv)$/;
  const flag = cmd.args.find((arg) => /^-(?:S(?!s|i|p)\w*|R\w*|U\w*|i|r|P|e|F)$/.test(arg.text));
  const local = /^(?:pacman|yay|paru|dpkg|rpm|emerge)$/.test(cmd.name);
  if (local ? flag : changes.test(verb?.text ?? '') && verb?.text !== 'update') {
    shell.effect('privilege.system', join([field(cmd.name), ...(verb ? [verb] : []), ...options.operands.slice(1)]).text);
  }
};

/** Builders. */
export const BUILDERS: Handlers = {
  go,
  cargo,
  make,
  gmake: make,
  just: tasks,
  task: tasks,
  invoke: tasks,
  nx: tasks,
  turbo: tasks,
  gulp: tasks,
  grunt: tasks,
  ant: tasks,
  gradle,
  mvn: gradle,
  mvnd: gradle,
  'manage.py': manage('django'),
  artisan: manage('artisan'),
  apt: systemPackages,
  'apt-get': systemPackages,
  aptitude: systemPackages,
  dpkg: systemPackages,
  yum: systemPackages,
  dnf: systemPackages,
  microdnf: systemPackages,
  rpm: systemPackages,
  zypper: systemPackages,
  apk: systemPackages,
  pacman: systemPackages,
  yay: systemPackages,
  emerge: systemPackages,
  snap: systemPackages,
  flatpak: systemPackages,
};
