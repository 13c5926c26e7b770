/** What the kernel asks of the plugin, and the one function by which it does. */
import { lastAnswer, life, turn } from './bridge.js';
import { answer, answerWith, fail, isObject, reply, settle } from './calls.js';
import { ctx, end, given } from './context.js';
import { logThrown } from './log.js';
import { endOwned } from './owned.js';
import { keys, NativeError, NativeNumber, NativeTypeError, parse } from './primordials.js';
import { forgetSubscriptions, serviceEvent } from './services.js';
import { runTap, tapDefined } from './taps.js';
import { removeTimers, timerDue } from './timers.js';

/** Where the bundle leaves the module. */
const GLOBAL = '__vp_plugin';

/** Answers without a value, once what `act` gives has settled. */
function answerDone(id, act) {
  let result;
  try {
    result = act();
  } catch (error) {
    fail(id, error);
    return;
  }
  if (isObject(result))
    settle(
      result,
      () => answer(id, undefined),
      (error) => fail(id, error),
    );
  else answer(id, undefined);
}

function setup() {
  life.phase = 'run';
  const definition = globalThis[GLOBAL]?.default;
  if (typeof definition !== 'object' || definition === null) throw new NativeTypeError('the module has no plugin as its default export');
  tapDefined(definition.hooks);
  if (definition.setup === undefined) return undefined;
  if (typeof definition.setup !== 'function') throw new NativeTypeError('"setup" of the plugin is not a function');
  return definition.setup(ctx);
}

/** Runs all; the first error is thrown once all have run. */
function runAll(queue) {
  const names = keys(queue);
  let failure;
  for (let at = 0; at < names.length; at += 1) {
    const fn = queue[names[at]];
    delete queue[names[at]];
    try {
      fn();
    } catch (error) {
      failure ??= { __proto__: null, error };
    }
  }
  if (failure !== undefined) throw failure.error;
}

/** Each payload in its turn. What a handler gives back is nothing to anybody; one that fails does not stop the next. */
function runTaps(tap, payloads) {
  const queue = { __proto__: null };
  for (let at = 0; at < payloads.length; at += 1) {
    queue[at] = () => {
      const result = runTap(tap, payloads[at], ctx);
      if (isObject(result))
        settle(
          result,
          () => undefined,
          (error) => logThrown('a tap threw', error),
        );
    };
  }
  runAll(queue);
}

function disposeAll(id) {
  life.phase = 'closing';
  removeTimers();
  forgetSubscriptions();
  end.abort();
  endOwned((error) => {
    life.phase = 'closed';
    if (error === undefined) answer(id, undefined);
    else fail(id, error);
  });
}

function perform({ id, op }) {
  switch (op.op) {
    case 'setup':
      answerDone(id, setup);
      return;
    case 'tap':
      answerWith(id, () => runTap(op.tap, op.payload, ctx));
      return;
    case 'taps':
      answerDone(id, () => runTaps(op.tap, op.payloads));
      return;
    case 'snapshot':
      answerWith(id, () => given.snapshot?.());
      return;
    case 'activate':
      answerDone(id, () => runAll(given.activate));
      return;
    case 'ready':
      given.isReady = true;
      answerDone(id, () => runAll(given.ready));
      return;
    case 'dispose':
      disposeAll(id);
      return;
    default:
      fail(id, new NativeError('the kernel asked for what this prelude does not know'));
  }
}

function hear(kind, text) {
  if (life.phase === 'closed') return;
  try {
    if (kind === 't') {
      timerDue(NativeNumber(text));
      return;
    }
    const message = parse(text);
    if (message.k === 'call') perform(message);
    else if (message.k === 'reply') reply(message);
    else serviceEvent(message.sub, message.payload);
  } catch (error) {
    logThrown('the plugin failed', error);
  }
}

/**
 * Called by the host, for one turn each: `m` with a message of the kernel's, `t` with the number of a timer. `a` asks for the
 * answer of the last turn once more. Lets nothing escape.
 */
export function receive(kind, text) {
  return kind === 'a' ? lastAnswer() : turn(() => hear(kind, text));
}
