/** Programs whose first words say what they do, by the table of verbs. */
import { DRY, DRY_N, VERBS, type Verb } from '../tables/verbs.ts';
import type { Field, Handler, Handlers, Invocation, Shell } from '../types.ts';
import { sends, taintOfFile } from './hosts.ts';
import { parseOptions } from './options.ts';

/** Options of any of the programs that take a value, so that the value is not taken for a verb. */
const VALUE =
  /^(?:-n|--namespace|--context|--kubeconfig|--cluster|-f|--file|--filename|--region|--profile|--project|--zone|--output|-o|--format|--cwd|--dir|--prefix|--workspace|-w|--tag|--access|--registry|--otp|--env|-e|-a|--app|-R|--repo|-t|--title|--notes|-c|--config|-C|--stack|-s|--stage|--set|--values|--schema|--database-url|--token|-chdir|-var|-var-file|--resource-group|-g|--name|-u|--user|-h|--host|--host-name|-p|--port|-P|--subscription|--template-file|--stack-name|-x|-i|--inventory|-l|--limit|-m)$/;

/** The words that are not options. */
export function verbsOf(args: readonly Field[]): readonly Field[] {
  const words: Field[] = [];
  for (let at = 0; at < args.length; at += 1) {
    const arg = args[at];
    if (!arg) break;
    if (!arg.text.startsWith('-')) words.push(arg);
    else if (VALUE.test(arg.text)) at += 1;
  }
  return words;
}

/** The effects of a program by its table. True where a row fitted. */
export function byVerb(name: string, cmd: Invocation, shell: Shell): boolean {
  const rows = Object.hasOwn(VERBS, name) ? VERBS[name] : undefined;
  if (!rows || isDry(name, cmd)) return rows !== undefined;
  const words = verbsOf(cmd.args);
  // Whether an option takes a value differs from program to program: read both ways.
  const plain = cmd.args.filter((arg) => !arg.text.startsWith('-'));
  if (apply(name, words, cmd, shell, rows)) return true;
  return plain.length !== words.length && apply(name, plain, cmd, shell, rows);
}

function apply(name: string, words: readonly Field[], cmd: Invocation, shell: Shell, rows: readonly Verb[]): boolean {
  const first = words[0]?.text ?? '';
  if (rows.length > 0 && /[\uE000\uE001]/.test(first)) {
    shell.unknown('target', `what ${name} is asked to do cannot be told`, words[0]?.span);
    return true;
  }
  const text = words.map((word) => word.text).join(' ');
  const all = `${text} ${cmd.args.filter((arg) => arg.text.startsWith('-')).map((arg) => arg.text).join(' ')}`; // prettier-ignore
  const row = rows.find(([pattern]) => pattern.test(text) || (/-/.test(pattern.source) && pattern.test(all)));
  if (!row) return false;
  if (row[1] === 'read.file') return true;
  if (row[1] === 'net.upload') upload(words, shell);
  else shell.effect(row[1], words.slice(1).map((word) => word.text).join(' ') || text || null); // prettier-ignore
  return true;
}

function upload(words: readonly Field[], shell: Shell): void {
  const remote = /^(?:s3|gs|az|oss):\/\//;
  const operands = words.slice(1);
  const to = operands.at(-1);
  const gist = words[0]?.text === 'gist';
  if (!gist && to && !remote.test(to.text) && operands.some((word) => remote.test(word.text))) {
    shell.effect('net.fetch', operands.find((word) => remote.test(word.text))?.text ?? null);
    shell.writes(to);
    return;
  }
  let taint = 0;
  for (const word of gist ? operands.slice(1) : operands.slice(0, -1))
    if (!remote.test(word.text) && !/^(?:cp|sync|mv|mirror|put)$/.test(word.text)) taint |= taintOfFile(word, shell);
  sends(shell, gist ? 'gist.github.com' : (to?.text ?? null), taint);
}

function isDry(name: string, cmd: Invocation): boolean {
  return cmd.args.some((arg) => DRY.test(arg.text) && !(arg.text === '-n' && !DRY_N.test(name)));
}

const table: (name: string) => Handler = (name) => (cmd, shell) => {
  byVerb(name, cmd, shell);
};

/** `gh api`, `glab api`: the method says what it does. */
const forge: Handler = (cmd, shell) => {
  const words = verbsOf(cmd.args);
  if (words[0]?.text !== 'api') return void byVerb(cmd.name, cmd, shell);
  const options = parseOptions(cmd.args, {
    short: 'XfFHqt',
    long: ['method=', 'raw-field=', 'field=', 'input=', 'header=', 'jq=', 'hostname=', 'cache=', 'template=', 'preview='],
  });
  const method =
    options.value('X', 'method')?.text.toUpperCase() ??
    (options.has('f', 'F', 'raw-field', 'field', 'input') && words[1]?.text !== 'graphql' ? 'POST' : 'GET');
  const query = options.values('f', 'F', 'raw-field', 'field').map((one) => one.text).join(' '); // prettier-ignore
  for (const file of options.values('input')) if (file.text !== '-') shell.reads(file);
  if (method === 'DELETE' || /\bmutation\b[^]*delete/i.test(query)) shell.effect('deploy.cloud-delete', words[1]?.text ?? null);
  else if (method !== 'GET' || /\bmutation\b/.test(query)) shell.effect('deploy.cloud', words[1]?.text ?? null);
};

/** The programs that are all table. */
export const VERB_HANDLERS: Handlers = {
  ...Object.fromEntries(Object.keys(VERBS).map((name): [string, Handler] => [name, table(name)])),
  gh: forge,
  glab: forge,
};
