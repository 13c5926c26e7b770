/** Hosts, and what is sent to them. */
import { FROM_SECRET, type Field, type Op, type Shell } from '../types.ts';

/** Host of a URL or `user@host:path`; null where it cannot be told. */
export function hostOf(text: string): string | null {
  const url = /^(?:[a-z][a-z0-9+.-]*:\/\/)?(?:[^@/?#\s]*@)?(\[[^\]]+\]|[^/:?#\s]+)/i.exec(text)?.[1];
  return url === undefined || /[\uE000\uE001]/.test(url) ? null : url.toLowerCase();
}

/** Sends something: what it is decides how bad that is. */
export function sends(shell: Shell, host: string | null, taint: number): void {
  const op: Op = taint & FROM_SECRET ? 'net.exfiltrate' : 'net.upload';
  shell.effect(op, host);
}

/** The origin of what a file holds, and the effect of reading it. */
export function taintOfFile(path: Field, shell: Shell): number {
  const before = shell.taint;
  shell.taint = 0;
  shell.reads(path);
  const own = shell.taint;
  shell.taint = before | own;
  return own;
}
