/** What differs between operating systems: looking at processes. */
import type { OomCount } from '../state/attempts.ts';
import { darwin } from './darwin.ts';
import { linux } from './linux.ts';

/** A living process. */
export interface ProcessFacts {
  /** When it started, in a form that only compares equal with itself. Together with the pid and the boot it names one process. */
  readonly start: string;
  /** Ended, but not yet collected by its parent. */
  readonly zombie: boolean;
}

/** Questions to the operating system. */
export interface Platform {
  /** Differs after each boot of the machine. */
  bootId(): string;
  /** Undefined where no such process lives. */
  look(pid: number): ProcessFacts | undefined;
  /**
   * Processes that belong to a session: those with its mark in the environment, and those in the holder's process session, without
   * the holder and its feeder.
   */
  members(session: string, holder: number | undefined): number[];
  /** Living processes with the mark of any session. */
  marked(): { readonly pid: number; readonly session: string }[];
  /** How many processes the operating system has ended for want of memory; 0 where it does not tell. */
  oomCount(): OomCount;
}

/** The platform of this machine; undefined where sessions cannot be held. */
export function platformOf(name: string): Platform | undefined {
  switch (name) {
    case 'linux':
      return linux;
    case 'darwin':
      return darwin;
    default:
      return undefined;
  }
}
