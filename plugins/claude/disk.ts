/** The space where sessions are kept. */
import { statfsSync } from 'node:fs';
import type { Environment } from './environment.ts';
import { errors } from './errors.ts';

const CHECK_MS = 60_000;

export class Disk {
  readonly #env: Environment;
  #checkedAt = Number.NEGATIVE_INFINITY;

  constructor(env: Environment) {
    this.#env = env;
  }

  /** What runs is not stopped for want of space, but somebody should know. */
  tick(): void {
    if (performance.now() - this.#checkedAt < CHECK_MS) return;
    this.#checkedAt = performance.now();
    const { reserveMb } = this.#env.config;
    const free = freeMb(this.#env);
    if (free >= reserveMb / 2) return;
    this.#env.ctx.log.warn({ freeMb: free, reserveMb }, 'the disk is nearly full: what sessions say may be lost; free some space');
  }
}

/** @throws VP_DISK_LOW where no attempt may be started for want of space */
export function checkDisk(env: Environment): void {
  const { reserveMb } = env.config;
  const free = freeMb(env);
  if (free < reserveMb) throw errors('VP_DISK_LOW', { free, reserve: reserveMb });
}

function freeMb(env: Environment): number {
  const { bavail, bsize } = statfsSync(env.ctx.home);
  return Math.floor((bavail * bsize) / 1e6);
}
