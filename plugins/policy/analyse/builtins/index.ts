/** What the shell does itself. */
import { lookup } from '../../tables/lookup.ts';
import type { Invocation, Stream } from '../../types.ts';
import type { Frame } from '../frame.ts';
import { FOLDERS } from './folders.ts';
import { RUNNING } from './running.ts';
import { VARIABLES } from './variables.ts';

/** A command of the shell itself: may change its state. */
export type Builtin = (frame: Frame, cmd: Invocation) => Stream | undefined | void;

/** By name. */
export const BUILTINS = lookup<Builtin>(FOLDERS, VARIABLES, RUNNING);
