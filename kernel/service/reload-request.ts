/** What `vp reload` wants, in files: the signal that follows says only that it wants something. */
import { randomUUID } from 'node:crypto';
import { readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** A reload that somebody waits for. `plugin` absent: the config and all plugins. */
export interface ReloadRequest {
  readonly id: string;
  readonly plugin?: string;
}

const NAME = /^reload\.[0-9a-f-]+\.request$/;

/** Leaves a request in the state folder. Gives its id, which the report bears. */
export function askReload(home: string, plugin: string | undefined): string {
  const request: ReloadRequest = { id: randomUUID(), ...(plugin === undefined ? {} : { plugin }) };
  const file = join(home, `reload.${request.id}.request`);
  writeFileSync(`${file}.tmp`, JSON.stringify(request), { mode: 0o600 });
  renameSync(`${file}.tmp`, file);
  return request.id;
}

/** Whether a request waits. */
export function hasRequests(home: string): boolean {
  return readdirSync(home).some((name) => NAME.test(name));
}

/** The requests that wait, taken away; one for everything where there is none, as for a signal without a request. */
export function takeRequests(home: string): ReloadRequest[] {
  const requests = readdirSync(home)
    .filter((name) => NAME.test(name))
    .flatMap((name) => take(join(home, name)));
  return requests.length === 0 ? [{ id: 'signal' }] : requests;
}

function take(file: string): ReloadRequest[] {
  try {
    return [JSON.parse(readFileSync(file, 'utf8')) as ReloadRequest];
  } catch {
    return [];
  } finally {
    rmSync(file, { force: true });
  }
}
