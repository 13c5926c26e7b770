/** Swaps folders with links to the folder above, about every millisecond, until the thread is ended. */
import { mkdirSync, renameSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { workerData } from 'node:worker_threads';

const { data, spare, names } = workerData as { readonly data: string; readonly spare: string; readonly names: readonly string[] };

for (const name of names) {
  mkdirSync(join(data, name));
  for (const file of ['ok.txt', 'canary.txt', 'new.txt']) writeFileSync(join(data, name, file), 'harmless\n');
  symlinkSync('..', join(spare, `${name}-link`));
}

let isLink = false;
setInterval(() => {
  for (const name of names) {
    const [away, here] = isLink ? ['link', 'folder'] : ['folder', 'link'];
    renameSync(join(data, name), join(spare, `${name}-${away}`));
    renameSync(join(spare, `${name}-${here}`), join(data, name));
  }
  isLink = !isLink;
}, 1);
