/** Names that code gives to the functions of others: put back, so that the tables find them. */
import type { Language } from '../types.ts';
import type { Unquoted } from './quotes.ts';

const MAX_NAMES = 50;

/** The code with imported names as their modules have them. */
export function withoutAliases(language: Language, source: Unquoted): Unquoted {
  if (language !== 'python' && language !== 'node') return source;
  const names = language === 'python' ? pythonNames(source.code) : nodeNames(source.code);
  const code = language === 'node' ? source.code.replace(REQUIRED, '$1') : source.code;
  if (names.size === 0) return { ...source, code };
  return { ...source, code: code.replace(/(?<![.\w$])[A-Za-z_$][\w$]*(?=\s{0,4}[.(])/g, (name) => names.get(name) ?? name) };
}

/** `require("child_process")` stands for the module. */
const REQUIRED =
  /\b(?:require|import)\s{0,4}\(\s{0,4}\u0001\d+:(?:node:)?(child_process|fs|fs\/promises|os|net|http|https)\u0001\s{0,4}\)/g;

function pythonNames(code: string): Map<string, string> {
  const names = new Map<string, string>();
  for (const match of code.matchAll(/\bimport\s{1,8}([\w.]{1,60})\s{1,8}as\s{1,8}(\w{1,40})/g)) set(names, match[2], match[1]);
  for (const match of code.matchAll(/\bfrom\s{1,8}([\w.]{1,60})\s{1,8}import\s{1,8}\(?([\w ,]{1,400})/g)) {
    for (const item of (match[2] ?? '').split(',').slice(0, MAX_NAMES)) {
      const [name, , as] = item.trim().split(/\s+/);
      if (name) set(names, as ?? name, `${match[1] ?? ''}.${name}`);
    }
  }
  return names;
}

function nodeNames(code: string): Map<string, string> {
  const names = new Map<string, string>();
  for (const match of code.matchAll(
    /([A-Za-z_$][\w$]{0,40})\s{0,4}=\s{0,4}(?:await\s{1,4})?(?:require|import)\s{0,4}\(\s{0,4}\u0001\d+:(?:node:)?([\w/]{1,40})\u0001/g,
  ))
    set(names, match[1], match[2]);
  for (const match of code.matchAll(
    /\bimport\s{1,8}(?:\*\s{0,4}as\s{1,4})?([A-Za-z_$][\w$]{0,40})\s{1,8}from\s{0,8}\u0001\d+:(?:node:)?([\w/]{1,40})\u0001/g,
  ))
    set(names, match[1], match[2]);
  for (const match of code.matchAll(/([A-Za-z_$][\w$]{0,40})\s{0,4}(?::|\bas\b)\s{0,4}([A-Za-z_$][\w$]{0,40})(?=\s{0,4}[,}])/g))
    set(names, match[2], match[1]);
  return names;
}

function set(names: Map<string, string>, from: string | undefined, to: string | undefined): void {
  if (from !== undefined && to !== undefined && from !== to && names.size < MAX_NAMES) names.set(from, to);
}
