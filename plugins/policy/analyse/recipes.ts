/** Files that hold commands among other things: Makefiles, package.json, CI descriptions. Their commands are walked one by one. */
import type { Field } from '../types.ts';
import type { Frame } from './frame.ts';
import { scriptsOf } from './manifest.ts';

const MAX_LINES = 400;

/** The recipes of a Makefile, or of one target and those it needs. */
export function walkMakefile(frame: Frame, file: Field, targets?: readonly string[]): void {
  const variables = new Map<string, string>();
  const wanted = targets && closure(file.text, targets);
  let current: string | undefined;
  for (const line of file.text
    .replaceAll('\\\n', ' ')
    .split('\n')
    .slice(0, MAX_LINES * 4)) {
    if (line.startsWith('\t')) {
      if (!wanted || (current !== undefined && wanted.has(current))) walk(frame, file, recipe(line, variables));
      continue;
    }
    const assigned = /^([A-Za-z_]\w*)\s*(?::{0,2}|\?)=\s*([^#]*)/.exec(line);
    if (assigned?.[1] !== undefined) variables.set(assigned[1], (assigned[2] ?? '').trim());
    else current = /^([^\s:#=]+)\s*:(?!=)/.exec(line)?.[1] ?? current;
  }
}

function closure(text: string, targets: readonly string[]): Set<string> {
  const needs = new Map<string, string[]>();
  let first: string | undefined;
  for (const line of text.split('\n').slice(0, MAX_LINES * 4)) {
    const rule = /^([^\s:#=.][^\s:#=]*)\s*:(?!=)([^=#]*)/.exec(line);
    if (!rule?.[1]) continue;
    first ??= rule[1];
    needs.set(rule[1], (rule[2] ?? '').split(/\s+/).filter(Boolean));
  }
  const wanted = new Set<string>();
  const todo = targets.length > 0 ? [...targets] : first === undefined ? [] : [first];
  for (let name = todo.pop(); name !== undefined && wanted.size < MAX_LINES; name = todo.pop()) {
    if (wanted.has(name)) continue;
    wanted.add(name);
    todo.push(...(needs.get(name) ?? []));
  }
  return wanted;
}

function recipe(line: string, variables: ReadonlyMap<string, string>): string {
  const text = line.trim().replace(/^[@+-]+/, '');
  const known = text.replace(/\$[({](\w+)[)}]/g, (_, name: string) => variables.get(name) ?? (name === 'MAKE' ? 'make' : '\uE001'));
  return known.replaceAll('$$', '$');
}

/** All scripts of a package.json, or the named one with what runs before and after it. */
export function walkPackage(frame: Frame, file: Field, name?: string): void {
  for (const [key, text] of scriptsOf(file.text)) {
    if (name === undefined || key === name || key === `pre${name}` || key === `post${name}`) walk(frame, file, text);
  }
}

/** The `run:` and `script:` steps of a CI description. */
export function walkPipelineFile(frame: Frame, file: Field): void {
  const lines = file.text.split('\n').slice(0, MAX_LINES * 4);
  for (let at = 0; at < lines.length; at += 1) {
    const step = /^(\s*)(?:- +)?(?:run|script|before_script|after_script|command): *(.*)$/.exec(lines[at] ?? '');
    if (!step) continue;
    const indent = (step[1] ?? '').length;
    const value = step[2] ?? '';
    const block = value === '' || /^[|>][+-]?\d*\s*$/.test(value);
    if (!block) {
      walk(frame, file, value.replace(/^(["'])(.*)\1$/, '$2'));
      continue;
    }
    const body: string[] = [];
    while (at + 1 < lines.length && (/^\s*$/.test(lines[at + 1] ?? '') || (/^\s*/.exec(lines[at + 1] ?? '')?.[0].length ?? 0) > indent)) {
      at += 1;
      body.push((lines[at] ?? '').trim().replace(value === '' ? /^- +/ : /^$/, ''));
    }
    walk(frame, file, body.join('\n'));
  }
}

function walk(frame: Frame, file: Field, text: string): void {
  const plain = text.replace(/\$\{\{[^}]*\}\}/g, '\uE001');
  if (plain.trim() !== '' && frame.analysis.call()) frame.analysis.engine.text(frame.analysis, frame.scene, { ...file, text: plain });
}
