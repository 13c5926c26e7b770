/** Tools that read files. */
import { field } from '../fields.ts';
import type { Frame } from '../frame.ts';
import type { Tool } from './index.ts';

function text(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}

function reads(frame: Frame, path: string, glob: boolean): void {
  const whole = path.startsWith('~/') ? `${frame.context.home}${path.slice(1)}` : path;
  frame.reads({ ...field(whole), glob });
}

const read: Tool = (frame, input) => {
  const path = text(input['file_path']) ?? text(input['notebook_path']);
  if (path === undefined) return frame.analysis.unknown('shape', 'the path is not a text');
  reads(frame, path, false);
};

/** Names only: nothing of what the files hold. */
const names: Tool = (frame, input) => {
  const place = frame.place(field(text(input['path']) ?? '.'));
  frame.effect('read.file', place.path, { scope: place.scope, words: 'lists names of files' });
};

/** Shows lines of files. */
const grep: Tool = (frame, input) => {
  const folder = text(input['path']) ?? '.';
  reads(frame, folder, false);
  const glob = text(input['glob']);
  if (glob !== undefined && input['output_mode'] === 'content')
    reads(frame, `${folder.replace(/\/$/, '')}/${glob.replace(/^\*\*\//, '')}`, true);
};

/** Tools that read. */
export const READS: Readonly<Record<string, Tool>> = { Read: read, NotebookRead: read, Glob: names, LS: names, Grep: grep };
