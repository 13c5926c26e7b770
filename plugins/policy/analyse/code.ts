/** What code of another language would do, as far as its names and texts tell. */
import { CODE, ESCAPES, type Names } from '../tables/code.ts';
import { secretAt } from '../tables/secrets.ts';
import { ANY, FROM_NET, FROM_SECRET, type Field, type Language, type Op } from '../types.ts';
import { field, isKnown } from './fields.ts';
import type { Frame } from './frame.ts';
import { absolute } from './paths.ts';
import { unquote, type Unquoted } from './quotes.ts';
import { withoutAliases } from './renames.ts';

const MAX_CODE = 64 * 1024;
const MAX_HITS = 40;
const ARGUMENT = /\s*[[(]?\s*[rbfuRBFU]{0,2}\u0001(\d+):[^\u0001]*\u0001/y;
const NEXT_ARGUMENT = /\s*\]?\s*,\s*\[?\s*[rbfuRBFU]{0,2}\u0001(\d+):[^\u0001]*\u0001/y;

/** Looks at code that an interpreter would run. */
export function scanCode(frame: Frame, language: Language, text: Field, via: string): void {
  if (text.taint & FROM_NET) return frame.effect('exec.download', null, { span: text.span });
  if (text.text.trim() === ANY) {
    frame.effect('exec.code', via, { certain: false });
    return frame.unknown('script', `the code that ${via} runs cannot be told`, text.span);
  }
  const inside = frame.at({
    ...frame.scene,
    via: [...frame.scene.via, via],
    syntax: frame.scene.syntax + 1,
    outer: text.span ?? frame.scene.outer ?? frame.span,
  });
  if (!frame.analysis.spend(inside.scene)) return;
  new Reading(inside, language, text, via).all();
}

/** One look at one piece of code. */
class Reading {
  readonly #frame: Frame;
  readonly #names: Names;
  readonly #via: string;
  readonly #span: Field;
  readonly #source: Unquoted;
  readonly #variables = new Map<string, string>();

  constructor(frame: Frame, language: Language, text: Field, via: string) {
    this.#frame = frame;
    this.#names = CODE[language];
    this.#via = via;
    this.#span = text;
    this.#source = withoutAliases(language, unquote(language, text.text.slice(0, MAX_CODE)));
    for (const match of this.#source.code.matchAll(
      /(?:^|[^\w.=])[$@]?([A-Za-z_]\w{0,40})\s{0,4}=\s{0,4}(?:[rfbu]|Path\(|pathlib\.Path\()?\u0001(\d+):/g,
    )) {
      const value = this.#source.texts[Number(match[2])];
      if (match[1] !== undefined && value !== undefined && this.#variables.size < 200) this.#variables.set(match[1], value);
    }
  }

  all(): void {
    this.#secrets();
    for (const at of this.#hits(this.#names.spawn)) this.#spawn(at);
    for (const at of this.#hits(this.#names.remove)) this.#path(at, 'delete.file');
    for (const at of this.#hits(this.#names.write)) this.#path(at, 'write.create');
    if (this.#hits(this.#names.net).length > 0) this.#net();
    if (this.#hits(this.#names.dynamic).length > 0) this.#dynamic();
    if (this.#hits(this.#names.environment).length > 0) this.#environment();
    if (/\b(?:os|process|Process|posix)\.(?:kill|killpg)\s*\(/.test(this.#source.code)) this.#effect('process.kill', null);
    if (/\bset(?:res|re|e)?[ug]id\s*\(/.test(this.#source.code)) this.#effect('privilege.escalate', null);
  }

  #hits(pattern: RegExp): number[] {
    const ends: number[] = [];
    pattern.lastIndex = 0;
    for (const match of this.#source.code.matchAll(pattern)) {
      ends.push(match.index + match[0].length);
      if (ends.length >= MAX_HITS) break;
    }
    return ends;
  }

  #effect(op: Op, target: string | null): void {
    this.#frame.effect(op, target, { certain: false, span: this.#span.span });
  }

  #secrets(): void {
    const { context } = this.#frame;
    for (const text of this.#source.texts.slice(0, 400)) {
      if (text.length < 3 || text.length > 200 || /[\s\n]/.test(text) || !isKnown(text)) continue;
      const path = text.startsWith('~/') ? `${context.home}${text.slice(1)}` : text;
      const secret = secretAt(absolute(this.#frame.scene.state.cwd ?? '/', path), context.home);
      if (!secret || path === '/' || path === context.home) continue;
      if (!/open|read|Path|File|fs|source|cat|load|slurp|get/i.test(this.#source.code)) continue;
      this.#frame.taint |= FROM_SECRET;
      this.#effect(secret === 'env' ? 'secret.env-file' : 'secret.read', path);
    }
  }

  #spawn(at: number): void {
    const words = this.#arguments(at);
    const [first] = words;
    if (first === undefined || first === ANY) {
      if (this.#frame.scene.quiet) return;
      this.#effect('exec.unknown', null);
      return this.#frame.unknown('command-word', `what ${this.#via} starts cannot be told`, this.#span.span);
    }
    if (words.length === 1) this.#frame.script({ ...this.#span, text: first }, this.#via);
    else
      this.#frame.run(
        words.map((word) => field(word, this.#span.span)),
        this.#via,
      );
  }

  /** The quoted arguments from here on; a last one that is not quoted counts as not known. */
  #arguments(at: number): string[] {
    const { code, texts } = this.#source;
    const words: string[] = [];
    ARGUMENT.lastIndex = at;
    let match = ARGUMENT.exec(code);
    if (!match) {
      const name = /^\s{0,4}\[?\s{0,4}[$@]?([A-Za-z_]\w{0,40})\s{0,4}[),;\]]/.exec(code.slice(at, at + 80))?.[1];
      const value = name === undefined ? undefined : this.#variables.get(name);
      return [value ?? ANY];
    }
    let end = at;
    while (match && words.length < 64) {
      words.push(texts[Number(match[1])] ?? ANY);
      end = (words.length === 1 ? ARGUMENT : NEXT_ARGUMENT).lastIndex;
      NEXT_ARGUMENT.lastIndex = end;
      match = NEXT_ARGUMENT.exec(code);
    }
    const rest = code.slice(end, end + 40).trimStart();
    if (/^(?:\+|\.\s*format|%|\.\.|\.(?!\w))/.test(rest)) words[words.length - 1] += ANY;
    else if (/^,\s*(?:\*|[A-Za-z_$]\w*\s*[,\])[.(])/.test(rest) && words.length > 1) words.push(ANY);
    return words;
  }

  #path(at: number, op: Op): void {
    const { code } = this.#source;
    // `Path("x").unlink()`: what is before the dot.
    const before = /(?:\u0001(\d+):[^\u0001]*\u0001\s*\)|([A-Za-z_]\w{0,40}))\s*\.\s*(?:unlink|rmdir|write_text|write_bytes)\s*\($/.exec(
      code.slice(Math.max(0, at - 500), at),
    );
    const own = before?.[1] !== undefined ? this.#source.texts[Number(before[1])] : this.#variables.get(before?.[2] ?? '');
    const [first] = own === undefined ? this.#arguments(at) : [own];
    const name = /(\w+)\s*\(?\s*$/.exec(code.slice(Math.max(0, at - 60), at))?.[1] ?? '';
    const recursive = /tree|_r|rimraf|emptyDir/i.test(name) || (/^rm(?:Sync)?$/.test(name) && /recursive/.test(code));
    const path = first === undefined || first.includes(ANY) ? this.#unresolved(first ?? ANY) : first;
    if (path === undefined) return;
    const word = { ...this.#span, text: path };
    const inside = this.#frame;
    if (op === 'delete.file') inside.deletes(word, recursive ? 'delete.recursive' : op);
    else inside.writes(word, op);
  }

  /** A path made at run time: not followed where the code holds nothing that leads out of the workspace. */
  #unresolved(path: string): string | undefined {
    const outward = this.#source.texts.some((text) => text.startsWith('/') || text.startsWith('~') || text.includes('..'));
    return outward || ESCAPES.test(this.#source.code) ? path : undefined;
  }

  #net(): void {
    const urls = this.#source.texts
      .map((text) => /^(?:https?|wss?|ftp):\/\/(?:[^/@\s]*@)?([^/:?#\s]+)/.exec(text)?.[1])
      .filter((host) => host !== undefined);
    const hosts = [...new Set(urls)];
    if (hosts.length === 0)
      hosts.push(...this.#source.texts.filter((text) => /^(?:[\w-]+\.)+[a-z]{2,}$|^\d+\.\d+\.\d+\.\d+$|^localhost$/i.test(text)));
    const sends = /\b(?:post|put|patch|send|sendall|sendto|write|upload|data)\b/i.test(this.#source.code);
    const op: Op = this.#frame.taint & FROM_SECRET ? 'net.exfiltrate' : sends ? 'net.upload' : 'net.fetch';
    for (const host of hosts.length > 0 ? hosts : [null]) this.#effect(op, host);
  }

  #dynamic(): void {
    if (this.#frame.scene.quiet) return;
    this.#effect('exec.code', this.#via);
    this.#frame.unknown('script', `the code that ${this.#via} runs makes more code`, this.#span.span);
  }

  #environment(): void {
    this.#frame.taint |= FROM_SECRET;
    this.#effect('secret.dump', null);
    if (this.#hits(this.#names.net).length > 0) this.#effect('net.exfiltrate', null);
  }
}
