/** The contract of the service `tally`: what both plugins import, and all that they know of each other. */
import { defineService } from '@vp/sdk';

/** Methods of the service. */
export interface Tally {
  /** Adds one and gives the new sum. */
  add(name: string): number;
  sums(): Readonly<Record<string, number>>;
}

/** Events of the service. */
export interface TallyEvents {
  /** A sum has reached a further ten. */
  ten: { readonly name: string; readonly sum: number };
}

export const tally = defineService<Tally, TallyEvents>('tally', { version: 1, methods: { add: {}, sums: {} }, events: ['ten'] });
