/** Fires one hook at a plugin under test and says in a word what came of it. */
import { isDeepStrictEqual } from 'node:util';
import type { AgentEvent, HookName, HookTypes } from '@vp/sdk';
import {
  budgetCheck,
  onCrash,
  onOutput,
  postCommand,
  postEdit,
  preCommand,
  preEdit,
  preSpawn,
  sessionEnd,
  sessionStart,
  type Part,
  type TestPlugin,
} from '@vp/sdk/testing';
import { OUTCOMES } from './cases.ts';

/** What came of it: a word of `OUTCOMES`, or `failed` where the plugin did, whatever that means for the call. */
export interface Got {
  readonly outcome: string;
  /** What the plugin said, or why it failed. */
  readonly reason: string;
  readonly ms: number;
}

type Given = Readonly<Record<string, unknown>>;
type Payloads = { readonly [H in HookName]: (given: Given) => HookTypes[H]['payload'] };

const PAYLOADS: Payloads = {
  'pre-command': builder(preCommand),
  'pre-spawn': builder(preSpawn),
  'budget-check': builder(budgetCheck),
  'on-crash': builder(onCrash),
  'on-output': ({ events, ...rest }) =>
    onOutput(Array.isArray(events) ? (events as Partial<AgentEvent>[]) : [{ type: 'text', text: 'hello' }], rest),
  'session-start': builder(sessionStart),
  'session-end': builder(sessionEnd),
  'pre-edit': builder(preEdit),
  'post-edit': builder(postEdit),
  'post-command': builder(postCommand),
};

/** A case may leave anything out and get anything wrong: that is then what the plugin is shown. */
function builder<P>(build: (part: Part<P>) => P): (given: Given) => P {
  return (given) => build(given as Part<P>);
}

/** A payload with everything filled in. */
export function payloadFor<H extends HookName>(hook: H, given: Given): HookTypes[H]['payload'] {
  return PAYLOADS[hook](given);
}

/** Fires a hook. Of one that only looks, a failure may show later: `failuresOf` has it then. */
export async function fire(plugin: TestPlugin, hook: HookName, given: Given): Promise<Got> {
  const before = failuresOf(plugin, hook).length;
  const begin = performance.now();
  const said = await outcomeOf(plugin, hook, given);
  const ms = performance.now() - begin;
  const failure = failuresOf(plugin, hook)[before];
  return failure === undefined ? { ...said, ms } : { outcome: 'failed', reason: failure, ms };
}

/** Why taps of a hook failed so far, oldest first. Those that only look fail without a word about which hook it was. */
export function failuresOf({ log }: TestPlugin, hook: HookName): string[] {
  const prefix = `tap of ${hook}: `;
  const isLook = OUTCOMES[hook].length === 1;
  return log.flatMap(({ message, fields }) => {
    if (message.startsWith(prefix)) return [message.slice(prefix.length)];
    return isLook && message === 'a tap failed' ? [String(fields['error'])] : [];
  });
}

async function outcomeOf(plugin: TestPlugin, hook: HookName, given: Given): Promise<Omit<Got, 'ms'>> {
  switch (hook) {
    case 'pre-command': {
      const findings = await plugin.fire(hook, payloadFor(hook, given));
      const worst = findings.find(({ level }) => level === 'deny') ?? findings[0];
      return { outcome: worst?.level ?? 'allow', reason: worst?.reason ?? '' };
    }
    case 'budget-check': {
      const { severity, reasons } = await plugin.fire(hook, payloadFor(hook, given));
      return { outcome: severity, reason: reasons.map(({ reason }) => reason).join('; ') };
    }
    case 'pre-spawn': {
      const payload = payloadFor(hook, given);
      const { spec, refused } = await plugin.fire(hook, payload);
      if (refused !== undefined) return { outcome: 'deny', reason: refused.reason };
      const changed = Object.entries(spec).filter(([key, value]) => !isDeepStrictEqual(value, (payload as unknown as Given)[key]));
      return {
        outcome: changed.length > 0 ? 'change' : 'allow',
        reason: changed.map(([key, value]) => `${key}: ${JSON.stringify(value)}`).join(', '),
      };
    }
    case 'on-crash': {
      const plan = await plugin.fire(hook, payloadFor(hook, given));
      return { outcome: plan?.strategy ?? 'none', reason: plan?.reason ?? '' };
    }
    case 'on-output':
    case 'session-start':
    case 'session-end':
    case 'pre-edit':
    case 'post-edit':
    case 'post-command':
      plugin.fire(hook, payloadFor(hook, given));
      return { outcome: 'ok', reason: '' };
    default:
      return hook satisfies never;
  }
}
