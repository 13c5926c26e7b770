/** Tools that write files. What they write is looked at where it would run later. */
import type { Field } from '../../types.ts';
import { field } from '../fields.ts';
import type { Frame } from '../frame.ts';
import { textStream } from '../streams.ts';
import { normalise } from '../normalise.ts';
import type { Tool } from './index.ts';

const MAX_CONTENT = 256 * 1024;

function pathOf(frame: Frame, value: unknown): Field | undefined {
  if (typeof value === 'string' && value !== '' && !value.includes('\0')) {
    for (const problem of normalise(value).problems) frame.analysis.unknown(problem.what, problem.why.replace('command', 'path'));
    return field(value.startsWith('~/') ? `${frame.context.home}${value.slice(1)}` : value);
  }
  frame.analysis.unknown('shape', 'the path is not a text');
  return undefined;
}

function content(frame: Frame, path: Field, value: unknown): void {
  if (typeof value !== 'string') return frame.analysis.unknown('shape', 'the content is not a text');
  const place = frame.place(path);
  if (place.path !== null) frame.wrote(place.path, textStream(value.slice(0, MAX_CONTENT)));
}

const write: Tool = (frame, input) => {
  const path = pathOf(frame, input['file_path']);
  if (!path) return;
  frame.writes(path);
  content(frame, path, input['content']);
};

const edit: Tool = (frame, input) => {
  const path = pathOf(frame, input['file_path']);
  if (!path) return;
  frame.writes(path);
  const edits = Array.isArray(input['edits']) ? input['edits'] : [input];
  for (const one of edits.slice(0, 200)) content(frame, path, changed(frame, path, one));
};

/** The file after the edit where it can be read, else what is put in. */
function changed(frame: Frame, path: Field, one: unknown): unknown {
  const { old_string: before, new_string: after, replace_all: all } = (one ?? {}) as Record<string, unknown>;
  const at = frame.place(path).path;
  const text = at === null ? undefined : frame.context.readScript(at);
  if (typeof before !== 'string' || typeof after !== 'string' || text === undefined || before === '') return after;
  return all === true ? text.replaceAll(before, () => after) : text.replace(before, () => after);
}

const notebook: Tool = (frame, input) => {
  const path = pathOf(frame, input['notebook_path']);
  if (path) frame.writes(path);
};

/** Tools that write. */
export const EDITS: Readonly<Record<string, Tool>> = { Write: write, Edit: edit, MultiEdit: edit, NotebookEdit: notebook };
