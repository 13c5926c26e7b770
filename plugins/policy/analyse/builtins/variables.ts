/** Builtins that set, unset and show variables. */
import { dumpEnvironment } from '../../effects/system.ts';
import { ANY, type Field, type Invocation } from '../../types.ts';
import { field, isKnown, unknownField } from '../fields.ts';
import type { Frame } from '../frame.ts';
import { watchVariable } from '../simple.ts';
import { NOTHING } from '../streams.ts';
import type { Builtin } from './index.ts';

const ASSIGNMENT = /^([A-Za-z_]\w*)(\+?)=([^]*)$/;

function declare(exports: boolean): Builtin {
  return (frame, cmd) => {
    const { state } = frame.scene;
    const flags = cmd.args.filter((arg) => /^[-+][A-Za-z]+$/.test(arg.text)).map((arg) => arg.text);
    const exported = exports || flags.some((flag) => flag.includes('x'));
    const named = cmd.args.filter((arg) => !/^[-+]/.test(arg.text));
    if (named.length === 0) return flags.some((flag) => /[fF]/.test(flag)) ? NOTHING : dumpEnvironment(cmd, frame);
    if (flags.some((flag) => /[fFp]/.test(flag))) return NOTHING;
    for (const arg of named) {
      const match = ASSIGNMENT.exec(arg.text);
      const name = match?.[1] ?? arg.text;
      if (match) {
        const value = { ...arg, text: match[3] ?? '' };
        watchVariable(frame, name, value, exported);
        state.vars.set(name, match[2] ? null : [value]);
      } else if (!isKnown(arg.text)) forgetAll(frame);
      if (exported) exportName(frame, name);
    }
    return NOTHING;
  };
}

function exportName(frame: Frame, name: string): void {
  const { state } = frame.scene;
  state.exported.add(name);
  const value = state.vars.get(name)?.[0];
  if (value) watchVariable(frame, name, value, true);
}

/** Any variable may have been set. */
function forgetAll(frame: Frame): void {
  for (const name of frame.scene.state.vars.keys()) frame.scene.state.vars.set(name, null);
}

const unset: Builtin = (frame, cmd) => {
  for (const arg of cmd.args) {
    frame.scene.state.vars.delete(`${arg.text}[]`);
    frame.scene.state.vars.set(arg.text, [field('')]);
    frame.scene.state.functions.delete(arg.text);
  }
  return NOTHING;
};

const read: Builtin = (frame, cmd) => {
  const names = cmd.args.filter((arg, index) => !arg.text.startsWith('-') && !takesValue(cmd.args[index - 1]));
  const array = cmd.args.some((arg) => /^-[A-Za-z]*a/.test(arg.text));
  const values = lineValues(cmd);
  for (const name of names.length > 0 ? names : [field('REPLY')]) {
    if (array) frame.scene.state.vars.set(`${name.text}[]`, null);
    else frame.scene.state.vars.set(name.text, names.length > 1 ? null : values);
  }
  return NOTHING;
};

function takesValue(before: Field | undefined): boolean {
  return before !== undefined && /^-[A-Za-z]*[dinNptu]$/.test(before.text);
}

/** What one line of the input may be. */
function lineValues(cmd: Invocation): readonly Field[] | null {
  if (cmd.stdin.paths && cmd.stdin.paths.length <= 16) return cmd.stdin.paths;
  const lines = cmd.stdin.text?.split('\n').filter((line) => line !== '');
  if (!lines || lines.length === 0 || lines.length > 16) return [unknownField(cmd.stdin.taint)];
  return lines.map((line) => ({ ...field(line.trim()), taint: cmd.stdin.taint }));
}

const mapfile: Builtin = (frame, cmd) => {
  const name = cmd.args.findLast((arg) => /^[A-Za-z_]\w*$/.test(arg.text))?.text ?? 'MAPFILE';
  frame.scene.state.vars.set(`${name}[]`, cmd.stdin.paths ?? null);
  return NOTHING;
};

const set: Builtin = (frame, cmd) => {
  if (cmd.args.length === 0) return dumpEnvironment(cmd, frame);
  const dashes = cmd.args.findIndex((arg) => arg.text === '--');
  const plain = cmd.args.findIndex((arg) => !/^[-+]/.test(arg.text) && !/^[-+]?o$/.test(arg.text));
  const from = dashes >= 0 ? dashes + 1 : plain;
  if (from >= 0 && !cmd.args.some((arg) => /^[-+]\w*o$/.test(arg.text))) frame.scene.state.positional = cmd.args.slice(from);
  return NOTHING;
};

const shift: Builtin = (frame, cmd) => {
  const count = Number(cmd.args[0]?.text ?? 1);
  const { state } = frame.scene;
  state.positional = state.positional && Number.isInteger(count) ? state.positional.slice(count) : null;
  return NOTHING;
};

const getopts: Builtin = (frame, cmd) => {
  frame.scene.state.vars.set(cmd.args[1]?.text ?? 'opt', [field('\uE000')]);
  frame.scene.state.vars.set('OPTARG', null);
  return NOTHING;
};

const letBuiltin: Builtin = (frame, cmd) => {
  for (const arg of cmd.args) {
    const name = /^([A-Za-z_]\w*)\s*[-+*/%]?=/.exec(arg.text)?.[1];
    if (name !== undefined) frame.scene.state.vars.set(name, [field('\uE000')]);
    if (arg.text.includes(ANY) || /\[\s*\$\(/.test(arg.text)) frame.unknown('command-word', 'arithmetic may run commands');
  }
  return NOTHING;
};

/** By name. */
export const VARIABLES: Readonly<Record<string, Builtin>> = {
  export: declare(true),
  declare: declare(false),
  typeset: declare(false),
  local: declare(false),
  readonly: declare(false),
  unset,
  read,
  mapfile,
  readarray: mapfile,
  set,
  shift,
  getopts,
  let: letBuiltin,
};
