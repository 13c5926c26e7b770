/** Programs that run another one: by the table, and those with rules of their own. */
import { WRAPPERS, type Wrapper } from '../tables/wrappers.ts';
import { ANY, type Field, type Handler, type Handlers, type Invocation, type Shell, type Stream } from '../types.ts';
import { field, itemsOf, join } from './help.ts';
import { parseOptions } from './options.ts';
import { dumpEnvironment } from './system.ts';
import { byVerb } from './verbs.ts';

const ASSIGNMENT = /^([A-Za-z_]\w*)=([^]*)$/;

/** What the table says of a program. */
export function wrapped(cmd: Invocation, shell: Shell, wrapper: Wrapper): Stream | undefined | void {
  const options = parseOptions(cmd.args, { ...wrapper, strict: true });
  if (wrapper.rises) shell.effect('privilege.escalate', cmd.name);
  for (const text of options.values(...(wrapper.text ?? []))) shell.script(text, `${cmd.name} -c`, { stdin: cmd.stdin });
  let words = wrapper.dashes ? behindDashes(cmd.args) : options.operands;
  if (cmd.name === 'su' || cmd.name === 'runuser') words = [];
  if (wrapper.assigns) words = afterAssignments(words, cmd, shell);
  words = words.slice(wrapper.skip ?? 0);
  if (words[0]?.text === '--') words = words.slice(1);
  const [first] = words;
  if (!first) return void byVerb(cmd.name, cmd, shell);
  const cwd = options.value(...(wrapper.folder ?? []));
  const inner = { stdin: cmd.stdin, ...(cwd && { cwd }) };
  if (wrapper.shell && first.text !== '') {
    const texts = cmd.name === 'hyperfine' || cmd.name === 'concurrently' || cmd.name === 'start-server-and-test' ? words : [join(words)];
    for (const text of texts) shell.script(text, cmd.name, inner);
    return undefined;
  }
  return shell.run(words, cmd.name, inner);
}

function behindDashes(args: readonly Field[]): readonly Field[] {
  const at = args.findIndex((arg) => arg.text === '--');
  return at < 0 ? [] : args.slice(at + 1);
}

function afterAssignments(words: readonly Field[], cmd: Invocation, shell: Shell): readonly Field[] {
  let at = 0;
  for (; at < words.length; at += 1) {
    const word = words[at];
    const match = word && ASSIGNMENT.exec(word.text);
    if (!word || !match?.[1]) break;
    // The builtin sees to what a variable sets off.
    shell.run([field('export'), word], cmd.name);
  }
  return words.slice(at);
}

const xargs: Handler = (cmd, shell) => {
  const options = parseOptions(cmd.args, {
    strict: true,
    short: 'aEdIiLlnPsJRS',
    long: ['arg-file=', 'delimiter=', 'replace', 'max-lines', 'max-args=', 'max-procs=', 'max-chars=', 'process-slot-var='],
  });
  const replace = options.has('I', 'J') ? options.value('I', 'J')?.text : options.has('i', 'replace') ? '{}' : undefined;
  const from = options.value('a', 'arg-file');
  if (from) shell.reads(from);
  const items = from ? null : itemsOf(cmd.stdin);
  const words = options.operands.length > 0 ? options.operands : [field('echo')];
  const unknown: Field = { text: ANY, glob: false, taint: cmd.stdin.taint };
  if (items?.length === 0 && options.has('r', 'no-run-if-empty')) return undefined;
  if (replace === undefined) return shell.run([...words, ...(items ?? [unknown])], 'xargs', { stdin: { text: '', paths: null, taint: 0 } });
  let output: Stream | undefined;
  for (const item of (items ?? [unknown]).slice(0, 32)) {
    output = shell.run(
      words.map((word) => ({
        ...word,
        text: word.text.split(replace).join(item.text),
        glob: word.glob || item.glob,
        taint: word.taint | item.taint,
      })),
      'xargs',
    );
  }
  return output;
};

/** `parallel cmd ::: a b`, `parallel cmd {} < list`. */
const parallel: Handler = (cmd, shell) => {
  const options = parseOptions(cmd.args, { ...WRAPPERS['parallel'], strict: true });
  const at = options.operands.findIndex((word) => /^:{3,4}\+?$/.test(word.text));
  const words = at < 0 ? options.operands : options.operands.slice(0, at);
  const files = at >= 0 && options.operands[at]?.text.startsWith('::::');
  const given = at < 0 || files ? null : options.operands.slice(at + 1).filter((word) => !/^:{3,4}\+?$/.test(word.text));
  const items = given ?? (at < 0 ? itemsOf(cmd.stdin) : null) ?? [{ text: ANY, glob: false, taint: cmd.stdin.taint }];
  for (const item of items.slice(0, 32)) {
    if (words.length === 0) shell.script(item, 'parallel');
    else shell.script(withItem(words, item), 'parallel');
  }
};

function withItem(words: readonly Field[], item: Field): Field {
  const text = join(words);
  const marked = /\{[./#%]*\}/.test(text.text);
  const filled = marked ? text.text.replace(/\{[./#%]*\}/g, () => item.text) : `${text.text} ${item.text}`;
  return { ...text, text: filled, taint: text.taint | item.taint };
}

/** `env` alone shows the environment. */
const env: Handler = (cmd, shell) => {
  const wrapper = WRAPPERS['env'] ?? {};
  const options = parseOptions(cmd.args, { ...wrapper, strict: true });
  const split = options.value('S', 'split-string');
  if (split)
    return shell.script({ ...split, text: [split.text, ...options.operands.map((one) => one.text)].join(' ') }, 'env -S', {
      stdin: cmd.stdin,
    });
  const output = wrapped(cmd, shell, wrapper);
  if (options.operands.every((word) => ASSIGNMENT.test(word.text))) return dumpEnvironment(cmd, shell);
  return output;
};

/** A unit of its own; with a time it is a job for later. */
const systemdRun: Handler = (cmd, shell) => {
  if (cmd.args.some((arg) => /^--(?:on-|timer-property|path-property|socket-property)/.test(arg.text)))
    shell.effect('guard.persist', 'systemd-run');
  if (!cmd.args.some((arg) => arg.text === '--user') && cmd.args.some((arg) => /^--(?:uid|system)/.test(arg.text)))
    shell.effect('privilege.escalate', 'systemd-run');
  return wrapped(cmd, shell, WRAPPERS['systemd-run'] ?? {});
};

/** `flock file -c text`, `flock file command`. */
const flock: Handler = (cmd, shell) => {
  const { operands } = parseOptions(cmd.args, { strict: true, short: 'wE', long: ['timeout=', 'wait=', 'conflict-exit-code='] });
  const [, first, text] = operands;
  if (first && /^(?:-c|--command)$/.test(first.text) && text) return shell.script(text, 'flock -c', { stdin: cmd.stdin });
  return wrapped(cmd, shell, WRAPPERS['flock'] ?? {});
};

/** What stands behind `--` goes to a shell. */
const capsh: Handler = (cmd, shell) => {
  const at = cmd.args.findIndex((arg) => arg.text === '--');
  return at < 0 ? undefined : shell.run([field('bash'), ...cmd.args.slice(at + 1)], 'capsh', { stdin: cmd.stdin });
};

const ipNetns: Handler = (cmd, shell) => {
  const words = cmd.args.filter((arg) => !/^-(?:n|4|6|br|brief|c|color|j|json|s|d|o)\b/.test(arg.text));
  if (words[0]?.text === 'netns' && words[1]?.text === 'exec') {
    shell.effect('privilege.escalate', 'ip netns');
    return shell.run(words.slice(3), 'ip netns exec', { stdin: cmd.stdin });
  }
  const verb = words[1]?.text ?? '';
  if (/^(?:a|add|d|del|delete|set|flush|change|replace)$/.test(verb)) shell.effect('privilege.system', words[0]?.text ?? null);
  return undefined;
};

/** `ssh-agent cmd`, `tmux new cmd` and the like. */
const terminal: Handler = (cmd, shell) => {
  const verbs =
    /^(?:new|new-session|neww|new-window|splitw|split-window|respawn-pane|respawn-window|popup|display-popup|run|run-shell|if|if-shell|pipe-pane|bind|bind-key|set-hook)$/;
  const options = parseOptions(cmd.args, { short: 'LSfct', strict: true });
  const at = options.operands.findIndex((word) => verbs.test(word.text));
  for (const [index, word] of options.operands.entries()) {
    if (word.text === 'send-keys' || word.text === 'send') {
      const keys = parseOptions(options.operands.slice(index + 1), { short: 'tN', strict: true }).operands.filter(
        (key) => !/^(?:Enter|C-[a-z]|KPEnter|Space|Escape)$/.test(key.text),
      );
      if (keys.some((key) => !/^[A-Za-z]$|^$/.test(key.text))) shell.script(join(keys), 'tmux send-keys');
      return;
    }
  }
  if (at < 0) return;
  const rest = parseOptions(options.operands.slice(at + 1), { short: 'cnstFxyeETp', strict: true }).operands;
  const text = join(rest);
  if (rest.length > 0) shell.script(text, cmd.name);
};

const screen: Handler = (cmd, shell) => {
  const stuff = cmd.args.findIndex((arg) => arg.text === 'stuff');
  if (stuff >= 0 && cmd.args[stuff + 1])
    return void shell.script(
      { ...cmd.args[stuff + 1], text: (cmd.args[stuff + 1]?.text ?? '').replace(/\^M|\\n/g, '\n') } as Field,
      'screen',
    );
  const { operands } = parseOptions(cmd.args, { short: 'cehpsStTX', strict: true });
  return void (operands.length > 0 && shell.run(operands, 'screen'));
};

const WRAPPER_OF_LOADER: Handler = (cmd, shell) => wrapped(cmd, shell, WRAPPERS['ld-linux.so.2'] ?? {});

/** Programs that run another one. */
export const WRAPPER_HANDLERS: Handlers = {
  ...Object.fromEntries(Object.entries(WRAPPERS).map(([name, row]): [string, Handler] => [name, (cmd, shell) => wrapped(cmd, shell, row)])),
  xargs,
  parallel,
  env,
  ip: ipNetns,
  'systemd-run': systemdRun,
  flock,
  capsh,
  'ld.so': WRAPPER_OF_LOADER,
  tmux: terminal,
  screen,
};
