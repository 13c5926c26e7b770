/** What keeps sessions from starting though a slot is free: a limit of the API, a fault, too little memory. */
import { reasonOf, type Park } from '@vp/sdk';
import type { Ledger } from './ledger.ts';
import type { Tools } from './tools.ts';

/** Why nothing starts, and after how many milliseconds to look again. */
export interface Held {
  readonly reason: string;
  readonly lookAgainMs: number;
}

/** How often things are looked at that tell nobody when they change: memory, the wall clock. */
export const LOOK_MS = 3_000;
const FIRST_DELAY_MS = 250;
const LAST_DELAY_MS = 60_000;
const BYTES_PER_MB = 1e6;

/** What holds; null where nothing does. */
export function heldBy({ ledger, config }: Tools): Held | null {
  const mono = performance.now();
  if (!ledger.reconciled)
    return { reason: ledger.fault?.reason ?? 'sessions of an earlier kernel are being taken up', lookAgainMs: Number.POSITIVE_INFINITY };
  const parked = parkOf(ledger, mono);
  if (parked !== null) return parked;
  if (ledger.fault !== null && ledger.fault.until > mono)
    return { reason: `${ledger.fault.reason}; it is tried again`, lookAgainMs: ledger.fault.until - mono };
  if (ledger.waking && ledger.nextWakeAt > mono)
    return { reason: 'after the limit, sessions start one after the other', lookAgainMs: ledger.nextWakeAt - mono };
  return config.minFreeMemoryMb === 0 ? null : memoryHold(config.minFreeMemoryMb);
}

/** Notes that a start failed for what is not the request's fault. Each failed try in a row doubles the wait for the next. */
export function brake(ledger: Ledger, reason: string): void {
  const mono = performance.now();
  const { fault } = ledger;
  if (fault !== null && fault.until > mono) return;
  const delayMs = fault === null ? FIRST_DELAY_MS : Math.min(2 * fault.delayMs, LAST_DELAY_MS);
  ledger.fault = { reason, until: mono + delayMs, delayMs };
}

/** Why nothing starts while the store fails. */
export function cannotWrite(error: unknown): string {
  return `the store cannot write: ${reasonOf(error)}`;
}

/** Nothing starts until the limit is reset, also not later than its length from when it was noticed. */
export function park(ledger: Ledger, limit: Park): void {
  ledger.park = { park: limit, until: performance.now() + Math.max(0, limit.until - limit.since) };
}

/** The limit is over: what waits starts one after the other, the most important first. */
export function unpark(ledger: Ledger): void {
  if (ledger.park === null) return;
  ledger.park = null;
  ledger.waking = true;
}

function parkOf(ledger: Ledger, mono: number): Held | null {
  if (ledger.park === null) return null;
  const { park: limit, until } = ledger.park;
  const leftMs = Math.min(limit.until - Date.now(), until - mono);
  if (leftMs > 0)
    return { reason: `${limit.reason}; until ${new Date(limit.until).toISOString()}`, lookAgainMs: Math.min(leftMs, LOOK_MS) };
  unpark(ledger);
  return null;
}

function memoryHold(wantedMb: number): Held | null {
  const freeMb = Math.floor(process.availableMemory() / BYTES_PER_MB);
  if (freeMb >= wantedMb) return null;
  return { reason: `only ${freeMb} MB of memory are free, fewer than minFreeMemoryMb (${wantedMb})`, lookAgainMs: LOOK_MS };
}
