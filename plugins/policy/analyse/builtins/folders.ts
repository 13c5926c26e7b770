/** `cd` and its kin. */
import { ANY, type Field } from '../../types.ts';
import { field, isKnown } from '../fields.ts';
import type { Frame } from '../frame.ts';
import { absolute } from '../paths.ts';
import { NOTHING, textStream } from '../streams.ts';
import type { Builtin } from './index.ts';

function enter(frame: Frame, to: Field | undefined): void {
  const { state } = frame.scene;
  const from = state.cwd;
  state.cwd = to === undefined ? frame.context.home : resolve(from, to, frame.context.env('CDPATH'));
  state.also = [];
  state.vars.set('OLDPWD', from === null ? null : [field(from)]);
}

function resolve(from: string | null, to: Field, search: string | undefined): string | null {
  if (to.text.includes(ANY) || (to.glob && /[*?[]/.test(to.text))) return null;
  if (to.text.startsWith('/')) return absolute('/', to.text);
  if (from === null || (search && !to.text.startsWith('.'))) return null;
  return isKnown(to.text) || !to.text.includes('..') ? absolute(from, to.text) : null;
}

const cd: Builtin = (frame, cmd) => {
  const operands = cmd.args.filter((arg, index) => !/^-[LPe@]+$/.test(arg.text) && !(arg.text === '--' && index < 3));
  const [to] = operands;
  const { state } = frame.scene;
  if (to?.text === '-') {
    const before = state.vars.get('OLDPWD')?.[0]?.text;
    const from = state.cwd;
    state.cwd = before === undefined || before.includes(ANY) ? null : before;
    state.vars.set('OLDPWD', from === null ? null : [field(from)]);
  } else enter(frame, to);
  return NOTHING;
};

const pushd: Builtin = (frame, cmd) => {
  const { state } = frame.scene;
  const [to] = cmd.args.filter((arg) => !arg.text.startsWith('-'));
  const from = state.cwd;
  if (to && !/^[+]\d/.test(to.text)) {
    state.folders.push(from);
    enter(frame, to);
  } else {
    const top = state.folders.pop();
    state.folders.push(from);
    state.cwd = top ?? null;
  }
};

const popd: Builtin = (frame) => {
  const { state } = frame.scene;
  state.cwd = state.folders.pop() ?? null;
  state.also = [];
};

const pwd: Builtin = (frame) => {
  const { cwd } = frame.scene.state;
  return cwd === null ? undefined : textStream(`${cwd}\n`);
};

/** By name. */
export const FOLDERS: Readonly<Record<string, Builtin>> = { cd, chdir: cd, pushd, popd, pwd };
