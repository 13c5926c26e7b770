/** Editors of text: sed, ed, vim and others, with what their own commands run and write. Sources: sed(1), ed(1), vim(1), emacs(1), GTFOBins. */
import type { Field, Handler, Handlers, Shell } from '../types.ts';
import { asField, withText } from './help.ts';
import { parseOptions } from './options.ts';

const sed: Handler = (cmd, shell) => {
  // `-i` may carry a suffix, so it never takes the next word.
  const options = parseOptions(cmd.args, {
    short: 'efl',
    long: ['expression=', 'file=', 'in-place', 'line-length=', 'quiet', 'regexp-extended'],
  });
  const inPlace = cmd.args.some((arg) => /^-[nErsuz]*[iI]|^--in-place/.test(arg.text));
  const scripts = options.values('e', 'expression');
  for (const file of options.values('f', 'file')) shell.reads(file);
  const given = scripts.length > 0 || options.has('f', 'file');
  const [first, ...rest] = options.operands;
  const files = given ? options.operands : rest;
  for (const script of given ? scripts : first ? [first] : []) sedScript(script, shell);
  for (const file of files) {
    if (file.text === '') continue;
    if (inPlace) shell.writes(file);
    else shell.reads(file);
  }
};

/** `w file`, `e command`, `s///w file`, `s///e`: looked for command by command. */
function sedScript(script: Field, shell: Shell): void {
  for (const command of sedCommands(script.text)) {
    const substitution = /^s(.)/.exec(command.body);
    if (substitution) {
      const flags = afterSubstitution(command.body, substitution[1] ?? '/');
      const file = /w\s*(\S[^\n]*)$/.exec(flags)?.[1];
      if (file !== undefined) shell.writes(withText(script, file));
      if (/^[gimMIp0-9]*e/.test(flags)) {
        shell.effect('exec.code', 'sed s///e');
        shell.unknown('script', 'sed runs what the text becomes', script.span);
      }
      continue;
    }
    const [, verb, rest] = /^([weWrR])\s*([^]*)$/.exec(command.body) ?? [];
    if (verb === undefined || rest === undefined) continue;
    if (verb === 'e') {
      if (rest.trim() === '') shell.unknown('script', 'sed runs its input', script.span);
      else shell.script(withText(script, rest), 'sed e');
    } else if (verb === 'w' || verb === 'W') shell.writes(withText(script, rest.trim()));
    else shell.reads(withText(script, rest.trim()));
  }
}

/** The commands of a sed script without their addresses. */
function sedCommands(text: string): { readonly body: string }[] {
  const commands: { body: string }[] = [];
  let at = 0;
  while (at < text.length && commands.length < 200) {
    at = skipAddress(text, at);
    const start = at;
    const verb = text[at];
    if (verb === 's' || verb === 'y') {
      const mark = text[at + 1] ?? '/';
      at = delimited(text, delimited(text, at + 2, mark), mark);
      while (at < text.length && !/[;\n}]/.test(text[at] ?? '')) at += text[at] === 'w' ? text.length : 1;
    } else if (verb !== undefined && /[weWrRaic]/.test(verb)) {
      const end = text.indexOf('\n', at);
      at = end < 0 ? text.length : end;
    } else while (at < text.length && !/[;\n{}]/.test(text[at] ?? '')) at += 1;
    if (at > start) commands.push({ body: text.slice(start, at) });
    at = Math.max(at, start) + 1;
  }
  return commands;
}

function skipAddress(text: string, from: number): number {
  let at = from;
  for (;;) {
    while (/[\s;{},!]/.test(text[at] ?? 'x')) at += 1;
    const char = text[at];
    if (char === '/') at = delimited(text, at + 1, '/');
    else if (char === '\\' && text[at + 1] !== undefined) at = delimited(text, at + 2, text[at + 1] ?? '/');
    else if (char !== undefined && /[\d$+~]/.test(char)) at += 1;
    else if ((char === 'I' || char === 'M') && at > from && text[at - 1] === '/') at += 1;
    else return at;
  }
}

function delimited(text: string, from: number, mark: string): number {
  let at = from;
  while (at < text.length && text[at] !== mark) at += text[at] === '\\' ? 2 : 1;
  return at + 1;
}

function afterSubstitution(body: string, mark: string): string {
  return body.slice(delimited(body, delimited(body, 2, mark), mark));
}

const ed: Handler = (cmd, shell) => {
  const [file] = cmd.args.filter((arg) => !arg.text.startsWith('-'));
  if (file?.text.startsWith('!')) shell.script(withText(file, file.text.slice(1)), 'ed');
  else if (file) shell.writes(file);
  for (const line of cmd.stdin.text?.split('\n') ?? []) {
    if (line.startsWith('!')) shell.script(withText(asField(cmd.stdin), line.slice(1)), 'ed');
    const target = /^[\d,$%]*w\s+(?:!(.*)|(\S+))/.exec(line);
    if (target?.[1] !== undefined) shell.script(withText(asField(cmd.stdin), target[1]), 'ed');
    if (target?.[2] !== undefined) shell.writes(withText(asField(cmd.stdin), target[2]));
  }
};

/** `vim -c ':!command' file`, `vim +'…'`. */
const vim: Handler = (cmd, shell) => {
  const options = parseOptions(cmd.args, { short: 'cSTuUdtwWi', long: ['cmd=', 'servername=', 'remote-send=', 'remote-expr='] });
  const plus = cmd.args.filter((arg) => arg.text.startsWith('+')).map((arg) => withText(arg, arg.text.slice(1)));
  for (const text of [...options.values('c', 'cmd', 'remote-send', 'remote-expr'), ...plus]) exCommand(text, cmd.name, shell);
  for (const file of options.values('S', 'u'))
    if (!/^(?:NONE|NORC|DEFAULTS)$/.test(file.text)) shell.file(file, cmd.name, { language: 'other' });
  for (const file of options.operands) if (!file.text.startsWith('+') && file.text !== '-') shell.writes(file);
};

function exCommand(text: Field, name: string, shell: Shell): void {
  for (const part of text.text.split(/\||\n|<CR>/)) {
    const bang =
      /^[\s:]*(?:[%\d,.$']*|r(?:ead)?\s*|w(?:rite)?\s*|sil(?:ent)?!?\s*|exe(?:cute)?\s*["']\s*|term(?:inal)?\s+|vert(?:ical)?\s+)*!(.*)$/.exec(
        part,
      );
    const write = /^[\s:]*[%\d,.$']*(?:w|sav(?:eas)?|write)!?\s+(?:>>\s*)?([^!\s].*)$/.exec(part);
    if (bang?.[1]) shell.script(withText(text, bang[1].replace(/["']$/, '')), `${name} -c`);
    else if (write?.[1]) shell.writes(withText(text, write[1].trim()));
    else if (
      /\b(?:system|systemlist|job_start|jobstart|termopen|delete|writefile|py3?|python3?|perl|ruby|lua|luado|pyx|mzscheme|tcl|source|so)\b/.test(
        part,
      )
    ) {
      shell.effect('exec.code', name);
      shell.unknown('script', `what ${name} runs cannot be told`, text.span);
    }
  }
}

const emacs: Handler = (cmd, shell) => {
  const code = cmd.args.some((arg) => /^(?:--?eval|--?execute|-f|--funcall|-l|--load)(?:=|$)/.test(arg.text));
  const shellLike = cmd.args.some((arg) => /shell-command|call-process|delete-|start-process|term/.test(arg.text));
  if (code) shell.effect('exec.code', cmd.name, { certain: false });
  if (code && shellLike) shell.unknown('script', 'what emacs runs cannot be told');
  for (const file of cmd.args) if (!file.text.startsWith('-') && !file.text.startsWith('(') && !code) shell.writes(file);
};

const patch: Handler = (cmd, shell) => {
  const options = parseOptions(cmd.args, { short: 'piodrBDFVYz', long: ['strip=', 'input=', 'output=', 'directory=', 'dry-run'] });
  if (options.has('dry-run', 'C')) return;
  for (const file of [...options.values('i', 'input'), ...options.operands.slice(1)]) shell.reads(file);
  const target = options.value('o', 'output') ?? options.operands[0] ?? options.value('d', 'directory');
  shell.writes(target ?? shell.cwd);
};

/** Programs that change the files they are given in place. */
const inPlace: Handler = (cmd, shell) => {
  for (const file of parseOptions(cmd.args).operands) shell.writes(file);
};

/** Text and its editors. */
export const TEXT: Handlers = {
  sed,
  gsed: sed,
  ed,
  red: ed,
  ex: vim,
  vim,
  vi: vim,
  nvim: vim,
  rvim: vim,
  gvim: vim,
  vimtutor: vim,
  emacs,
  emacsclient: emacs,
  nano: inPlace,
  pico: inPlace,
  joe: inPlace,
  micro: inPlace,
  kak: inPlace,
  hx: inPlace,
  dos2unix: inPlace,
  unix2dos: inPlace,
  patch,
};
