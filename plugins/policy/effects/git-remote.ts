/** Where git sends and fetches. */
import { FROM_SECRET, type Field, type Shell } from '../types.ts';
import { withText } from './help.ts';

/** A URL or the name of a remote. */
export function remoteHost(target: Field, shell: Shell, op: 'net.fetch' | 'net.connect'): void {
  const { text } = target;
  if (text.startsWith('ext::')) {
    shell.effect('exec.hook', text);
    return void shell.script(
      withText(
        target,
        text
          .slice(5)
          .replace(/%[SGV]/g, '')
          .replaceAll('% ', '\\ '),
      ),
      'git ext::',
    );
  }
  const host =
    /^(?:https?|ssh|git):\/\/(?:[^@/]*@)?([^/:]+)/.exec(text)?.[1] ?? /^(?:[\w.-]+@)?([\w.-]+\.[a-z]{2,}):(?!\/\/)/.exec(text)?.[1];
  if (host !== undefined) shell.effect(op, host);
  if (target.taint & FROM_SECRET) shell.effect('net.exfiltrate', host ?? null);
}
