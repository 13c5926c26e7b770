/** Finds what a plugin started and never ended: timers, servers, watchers and processes that it did not put into anybody's hands. */
import { AsyncLocalStorage, createHook, type AsyncHook } from 'node:async_hooks';

/** What is counted, by Node's name of it. */
const KINDS: Readonly<Record<string, string>> = {
  Timeout: 'timer',
  TCPSERVERWRAP: 'server',
  PIPESERVERWRAP: 'server',
  TCPWRAP: 'socket',
  UDPWRAP: 'socket',
  FSEVENTWRAP: 'file watcher',
  STATWATCHER: 'file watcher',
  PROCESSWRAP: 'child process',
  WORKER: 'worker',
};
const SETTLE_MS = 250;

const inside = new AsyncLocalStorage<Leaks>();
const watching = new Map<number, Leaks>();
let hook: AsyncHook | undefined;
let users = 0;

/** Keeps account of what comes to be while one generation of a plugin runs, also much later, also in a library that it calls. */
export class Leaks {
  readonly #open = new Map<number, string>();

  constructor() {
    users += 1;
    hook ??= createHook({ init: noteBegin, destroy: noteEnd });
    hook.enable();
  }

  /** Runs a part of the plugin's code. */
  run<T>(act: () => T): T {
    return inside.run(this, act);
  }

  begin(id: number, kind: string): void {
    this.#open.set(id, kind);
    watching.set(id, this);
  }

  end(id: number): void {
    this.#open.delete(id);
  }

  /** Kinds of what is still open, for instance `timer`, and stops counting. What closes in the background gets a short while. */
  async finish(): Promise<string[]> {
    const until = performance.now() + SETTLE_MS;
    do await new Promise((resolve) => setImmediate(resolve));
    while (this.#open.size > 0 && performance.now() < until);
    const left = [...this.#open.values()];
    for (const id of this.#open.keys()) watching.delete(id);
    users -= 1;
    if (users === 0) hook?.disable();
    return left;
  }
}

function noteBegin(id: number, type: string): void {
  const kind = KINDS[type];
  if (kind !== undefined) inside.getStore()?.begin(id, kind);
}

function noteEnd(id: number): void {
  watching.get(id)?.end(id);
  watching.delete(id);
}
