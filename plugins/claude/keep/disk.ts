/** The space where sessions are kept. */
import { statfsSync } from 'node:fs';
import type { Environment } from '../environment.ts';
import { errors } from '../errors.ts';

/** Shares of the reserve: below the first agents are paused, from the second on they go on. */
const PAUSE_BELOW = 1 / 8;
const GO_ON_FROM = 1 / 4;

/** What can be held up for a while. */
interface Pausable {
  pause(): void;
  goOn(): void;
}

export class Disk {
  readonly #env: Environment;
  #isPaused = false;

  constructor(env: Environment) {
    this.#env = env;
  }

  /** Output is a file and holds nobody up: before what agents say would be lost, they are paused until there is space again. */
  tick(sessions: Iterable<Pausable>): void {
    const { reserveMb } = this.#env.config;
    const free = freeMb(this.#env);
    const isPaused = free < reserveMb * (this.#isPaused ? GO_ON_FROM : PAUSE_BELOW);
    if (isPaused !== this.#isPaused) this.#tell(isPaused, free);
    this.#isPaused = isPaused;
    for (const session of sessions) {
      if (isPaused) session.pause();
      else session.goOn();
    }
  }

  #tell(isPaused: boolean, free: number): void {
    const { reserveMb } = this.#env.config;
    const { log } = this.#env.ctx;
    if (isPaused) log.error({ freeMb: free, reserveMb }, 'the disk is nearly full: all agents are paused; free some space, and they go on');
    else log.info({ freeMb: free }, 'there is space again: the agents go on');
  }
}

/** @throws VP_DISK_LOW where no attempt may be started for want of space */
export function checkDisk(env: Environment): void {
  const { reserveMb } = env.config;
  const free = freeMb(env);
  if (free < reserveMb) throw errors('VP_DISK_LOW', { free: Math.floor(free), reserve: reserveMb });
}

function freeMb(env: Environment): number {
  const { bavail, bsize } = statfsSync(env.ctx.home);
  return (bavail * bsize) / 1e6;
}
