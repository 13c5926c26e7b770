/** A service that sandboxed plugins may use. */
import { defineService } from '@vp/sdk';

export interface Counter {
  /** Adds, and gives the new sum. */
  add(by: number): Promise<number>;
}

export interface CounterEvents {
  /** The new sum. */
  added: number;
}

export const counter = defineService<Counter, CounterEvents>('counter', {
  version: 1,
  methods: { add: { sandbox: 'counter:use', params: [{ type: 'number' }] } },
  events: ['added'],
});
