/** The place of one run: a folder with bait in it and a canary outside, all below the system's temporary folder. */
import { spawnSync } from 'node:child_process';
import { createHash, randomUUID } from 'node:crypto';
import {
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { Worker } from 'node:worker_threads';

/** Names under which a program may look for the FIFO and for the folder that is swapped with a link. */
const FIFOS = ['fifo', 'pipe'];
const SWAPPED = ['swap', 'race', 'flip'];

export class Fixture {
  readonly root = realpathSync(mkdtempSync(join(tmpdir(), 'vp-hostile-')));
  /** What is granted, and the folder of the config. */
  readonly data = join(this.root, 'data');
  readonly home = join(this.root, 'home');
  readonly canary = `CANARY-${randomUUID()}`;
  /** Of the kernel's environment. */
  readonly secret = `SECRET-${randomUUID()}`;
  #before: ReadonlyMap<string, string> = new Map();
  readonly #swapper: Worker | undefined;

  /** `swap`: whether folders are swapped, which costs some processor. */
  constructor({ swap }: { readonly swap: boolean }) {
    for (const dir of ['data/sub', 'data-private', 'home', 'node_modules', 'spare']) mkdirSync(join(this.root, dir), { recursive: true });
    writeFileSync(join(this.root, 'canary.txt'), `${this.canary}\n`);
    writeFileSync(join(this.root, 'data-private/canary.txt'), `${this.canary}\n`);
    for (const file of ['ok.txt', 'sub/ok.txt']) writeFileSync(join(this.data, file), 'ok\n');
    symlinkSync('../canary.txt', join(this.data, 'link-file'));
    symlinkSync('..', join(this.data, 'link-dir'));
    symlinkSync('../dangling.txt', join(this.data, 'link-dangling'));
    for (const name of FIFOS) spawnSync('mkfifo', [join(this.data, name)]);
    if (swap) this.#swapper = new Worker(join(import.meta.dirname, 'swap-child.ts'), { workerData: this.#swapped() });
    this.#swapper?.on('error', () => undefined);
  }

  /** From here on, nothing outside may change. */
  arm(): void {
    this.#before = this.#outside();
  }

  /** What a kernel of this place finds in its environment. */
  get env(): Record<string, string> {
    return { PLUGIN_COLOR: 'teal', ANTHROPIC_API_KEY: this.secret, PATH: `/nowhere/${this.secret}`, HOME: `/nowhere/${this.secret}` };
  }

  /** What has changed outside the data folder and the state folder: one line each. */
  changes(): string[] {
    const after = this.#outside();
    const gone = [...this.#before.keys()].filter((file) => !after.has(file)).map((file) => `${file} is gone`);
    const changed = [...after].filter(([file, hash]) => this.#before.get(file) !== hash).map(([file]) => `${file} is new or changed`);
    return [...gone, ...changed];
  }

  /** Texts that must never be seen by a plugin or leave the machine: the bait, and where this place is. */
  get secrets(): readonly string[] {
    return [this.canary, this.secret, this.root, realpathSync(join(import.meta.dirname, '../..'))];
  }

  async remove(): Promise<void> {
    await this.#swapper?.terminate();
    rmSync(this.root, { recursive: true, force: true });
  }

  #swapped(): { data: string; spare: string; names: readonly string[] } {
    return { data: this.data, spare: join(this.root, 'spare'), names: SWAPPED };
  }

  #outside(): Map<string, string> {
    const skipped = ['data', 'home', 'spare'].map((name) => join(this.root, name));
    const found = new Map<string, string>();
    const walk = (dir: string): void => {
      for (const name of readdirSync(dir)) {
        const path = join(dir, name);
        if (skipped.includes(path)) continue;
        const stat = lstatSync(path);
        if (stat.isDirectory()) walk(path);
        found.set(relative(this.root, path), stat.isFile() ? hashOf(path) : stat.isSymbolicLink() ? readlinkSync(path) : 'folder');
      }
    };
    walk(this.root);
    return found;
  }
}

function hashOf(file: string): string {
  return createHash('sha256').update(readFileSync(file)).digest('hex');
}
