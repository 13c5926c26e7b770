/**
 * The program of a host process: one isolate, in which one generation of one plugin runs. It has no authority of its own; all that it
 * does is to hand lines of `protocol.ts` to the isolate and back, and to cut off what runs too long. Plain JavaScript in one file,
 * since under Node's permission model it may read nothing else. Its argument is the path of isolated-vm's addon.
 */
/* oxlint-disable max-lines -- the process may read no second file */
import { writeSync } from 'node:fs';
import { Socket } from 'node:net';
import { StringDecoder } from 'node:string_decoder';

const LOG_WINDOW_MS = 10_000;
const DROPPED_EVERY_MS = 1_000;
/** How much longer than its limit a slice may take before it counts as cut though isolated-vm could not end it. */
const GRACE_MS = 1_000;
/** Characters that wait for the guest before standard input is left unread. */
const WAITING_CHARS = 16_777_216;
const LONGEST_TIMER_MS = 2_147_483_647;
const RANDOM_BYTES = 65_536;
const ERROR_CHARS = { name: 200, message: 4_096, stack: 16_384 };
const URL_PARTS = ['href', 'origin', 'protocol', 'username', 'password', 'host', 'hostname', 'port', 'pathname', 'search', 'hash'];

const decoder = new StringDecoder('utf8');
/** Standard input, read into one buffer: Node's own stream takes 64 KB anew for each line. */
const stdin = new Socket({
  fd: 0,
  writable: false,
  onread: {
    buffer: Buffer.alloc(65_536),
    callback: (size, bytes) => {
      read(decoder.write(bytes.subarray(0, size)));
      return true;
    },
  },
});

/** @type {'waiting' | 'loading' | 'running' | 'over'} */
let phase = 'waiting';
/** @type {import('../limits.ts').Limits} */
let limits;
let mayLog = false;
let isolate;
/** The guest's one function. */
let receive;
let heapBytes = 0;
let busy = false;

/** Messages that wait for the guest. @type {{ text: string, ms: number }[]} */
const messages = [];
let waitingChars = 0;
/** @type {Map<string, { timer: NodeJS.Timeout, repeat: boolean }>} */
const timers = new Map();
/** Those of them that are due and wait for the guest; each once. @type {Set<string>} */
const due = new Set();
let timerWasLast = false;

/** Answers of the slice that runs now: they leave once it has ended well. @type {string[]} */
let held = [];
let heldChars = 0;
const dropped = { messages: 0, logs: 0 };
let droppedAt = Number.NEGATIVE_INFINITY;
let droppedTimer;
let logWindow = Number.NEGATIVE_INFINITY;
let logLines = 0;

/** Ends the process at once. `process.exit` may wait for a guest that runs for ever. */
function die(why) {
  if (why !== undefined) writeSync(2, `${why instanceof Error ? (why.stack ?? why.message) : String(why)}\n`);
  process.kill(process.pid, 'SIGKILL');
}

/** Blocks while nobody reads: the guest waits meanwhile, and nothing piles up here. */
function write(text) {
  const bytes = Buffer.from(`${text}\n`);
  for (let at = 0; at < bytes.length;) {
    try {
      at += writeSync(1, bytes, at);
    } catch (error) {
      if (error.code !== 'EAGAIN') die(error.code === 'EPIPE' ? undefined : error);
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 2);
    }
  }
}

/** @param {import('../protocol.ts').FromHost} message */
function say(message) {
  write(JSON.stringify(message));
}

/** The last line about the guest: no more of its code is started, and nothing that it still says is heard. */
function over(message) {
  if (phase === 'over') return;
  reportDropped();
  phase = 'over';
  messages.length = 0;
  held = [];
  clearTimers();
  say(message);
  stdin.resume();
}

function reportDropped() {
  clearTimeout(droppedTimer);
  droppedTimer = undefined;
  if (phase === 'over' || dropped.messages + dropped.logs === 0) return;
  say({ t: 'dropped', ...dropped });
  dropped.messages = 0;
  dropped.logs = 0;
  droppedAt = performance.now();
}

function drop(what) {
  dropped[what] += 1;
  droppedTimer ??= setTimeout(reportDropped, Math.max(0, droppedAt + DROPPED_EVERY_MS - performance.now()));
}

/**
 * The one function that the guest can reach, through the prelude. Takes and gives strings: '' says that all is well, anything else what
 * was wrong, or the answer. It never throws, since a stack of this file would show in the guest.
 */
function fromGuest(kind, text) {
  try {
    if (phase === 'over') return 'gone';
    if (typeof kind !== 'string' || typeof text !== 'string') return 'argument';
    return serve(kind, text);
  } catch (error) {
    writeSync(2, `${error.stack}\n`);
    return 'error';
  }
}

function serve(kind, text) {
  if (text.length > limits.messageBytes || Buffer.byteLength(text) > limits.messageBytes) {
    drop(kind === 'l' ? 'logs' : 'messages');
    return 'long';
  }
  switch (kind) {
    case 'm':
      say({ t: 'guest', text });
      return '';
    case 'r':
      return hold(text);
    case 'l':
      return log(text);
    case 's':
      return setTimer(text);
    case 'c':
      clearTimer(text);
      return '';
    case 'x':
      clearTimers();
      return '';
    case 'u':
      return urlHelp(JSON.parse(text));
    case 'n':
      return random(Number(text));
    default:
      return 'kind';
  }
}

function hold(text) {
  if (heldChars + text.length > WAITING_CHARS) {
    drop('messages');
    return 'long';
  }
  heldChars += text.length;
  held.push(text);
  return '';
}

function releaseHeld() {
  for (const text of held) say({ t: 'guest', text });
  held = [];
  heldChars = 0;
}

function log(text) {
  const now = performance.now();
  if (now - logWindow >= LOG_WINDOW_MS) {
    logWindow = now;
    logLines = 0;
  }
  logLines += 1;
  if (logLines > limits.logLines) drop('logs');
  else say({ t: 'guest', text });
  return '';
}

/** `text`: id, milliseconds, and 1 where it repeats. */
function setTimer(text) {
  const [id, wanted, repeat] = text.split(' ');
  if (timers.size >= limits.timers && !timers.has(id)) return 'timers';
  clearTimer(id);
  const ms = Math.min(Math.max(Number(wanted) || 1, 1), LONGEST_TIMER_MS);
  const fire = () => {
    due.add(id);
    void pump();
  };
  timers.set(id, { timer: repeat === '1' ? setInterval(fire, ms) : setTimeout(fire, ms), repeat: repeat === '1' });
  return '';
}

function clearTimer(id) {
  // Clears intervals too.
  clearTimeout(timers.get(id)?.timer);
  timers.delete(id);
  due.delete(id);
}

function clearTimers() {
  for (const id of timers.keys()) clearTimer(id);
}

/** What the guest's URL classes need from Node's. JSON of the answer; '' where there is none. */
function urlHelp({ op, input, base, key, value, pairs }) {
  switch (op) {
    case 'parse':
      return partsOf(URL.parse(input, base));
    case 'set': {
      const url = URL.parse(input);
      if (url !== null && URL_PARTS.includes(key) && key !== 'origin') url[key] = value;
      return partsOf(url);
    }
    case 'pairs':
      return JSON.stringify([...new URLSearchParams(input)]);
    case 'query':
      return new URLSearchParams(pairs).toString();
    default:
      return '';
  }
}

function partsOf(url) {
  return url === null ? '' : JSON.stringify(Object.fromEntries(URL_PARTS.map((part) => [part, url[part]])));
}

function random(count) {
  if (!Number.isInteger(count) || count < 0 || count > RANDOM_BYTES) return '';
  return Buffer.from(crypto.getRandomValues(new Uint8Array(count))).toString('hex');
}

/** What a slice that did not end well means. Gives back the guest's own error, and says the rest itself. */
function judge(error, ms) {
  const message = String(error?.message);
  // Running out of memory disposes the isolate as well, so it is asked first.
  if (/memory/i.test(message) && isolate.isDisposed) return over({ t: 'dead', reason: 'memory', message });
  if (isolate.isDisposed) return over({ t: 'dead', reason: 'crash', message });
  if (message === 'Script execution timed out.') return over({ t: 'cut', ms });
  return guestError(error);
}

/** Whatever follows the boundary are lines of this process, and so is a stack without one. */
function guestError(error) {
  const { name = 'Error', message, stack = '' } = error instanceof Error ? error : { message: String(error) };
  const [own = '', ...rest] = String(stack).split('\n    at (<isolated-vm boundary>)');
  return {
    name: String(name).slice(0, ERROR_CHARS.name),
    message: String(message).slice(0, ERROR_CHARS.message),
    stack: rest.length === 0 ? '' : own.slice(0, ERROR_CHARS.stack),
  };
}

/** Lets the guest run once. Gives the guest's error where it threw, undefined where all is well or all is over. */
async function slice(ms, act) {
  busy = true;
  const overdue = setTimeout(() => over({ t: 'cut', ms: ms + GRACE_MS, stuck: true }), ms + GRACE_MS);
  let error;
  try {
    const answer = await act();
    if (typeof answer === 'string' && answer !== '') fromGuest('r', answer);
  } catch (thrown) {
    error = judge(thrown, ms);
  }
  clearTimeout(overdue);
  busy = false;
  if (phase === 'over') return undefined;
  releaseHeld();
  if (performance.now() - droppedAt >= DROPPED_EVERY_MS) reportDropped();
  return error;
}

function enqueue(text, ms) {
  if (phase === 'over') return;
  // isolated-vm takes whole milliseconds only.
  messages.push({ text, ms: Math.max(1, Math.ceil(ms)) });
  waitingChars += text.length;
  if (waitingChars > WAITING_CHARS) stdin.pause();
  void pump();
}

/** What the guest is to do next. Messages and timers take turns. */
function next() {
  const [id] = due;
  if (id !== undefined && (messages.length === 0 || !timerWasLast)) {
    timerWasLast = true;
    if (timers.get(id)?.repeat) due.delete(id);
    else clearTimer(id);
    return { kind: 't', text: id, ms: limits.sliceMs };
  }
  timerWasLast = false;
  const message = messages.shift();
  if (message === undefined) return undefined;
  waitingChars -= message.text.length;
  if (waitingChars <= WAITING_CHARS) stdin.resume();
  return { kind: 'm', ...message };
}

async function pump() {
  if (busy || phase !== 'running') return;
  for (let turn = next(); turn !== undefined; turn = next()) {
    const { kind, text, ms } = turn;
    const error = await slice(ms, () => receive.apply(undefined, [kind, text], { timeout: ms }));
    if (phase === 'over') return;
    if (error === undefined) continue;
    logUnhandled(error);
    await slice(ms, () => receive.apply(undefined, ['a', ''], { timeout: ms }));
  }
}

/** The prelude lets nothing escape, so what does is a promise that was rejected and that nobody looked at. */
function logUnhandled({ name, message, stack }) {
  if (!mayLog) return;
  log(JSON.stringify({ k: 'log', level: 'error', fields: { error: { name, message, stack } }, message: 'a promise was rejected unseen' }));
}

function catastrophe(message) {
  over({ t: 'dead', reason: /memory|heap/i.test(message) ? 'memory' : 'crash', message: String(message) });
  die();
}

/** @param {Extract<import('../protocol.ts').ToHost, { t: 'init' }>} init */
async function load(init) {
  if (phase !== 'waiting') return die('a second init');
  phase = 'loading';
  limits = init.limits;
  mayLog = init.boot.may.log;
  // Before there is an isolate: it takes over what the process has then.
  if (init.timeZone !== undefined) process.env.TZ = init.timeZone;
  isolate = new ivm.Isolate({ memoryLimit: limits.isolateMb, inspector: false, onCatastrophicError: catastrophe });
  const context = await isolate.createContext();
  receive = await context.evalClosure(init.prelude, [new ivm.Callback(fromGuest), JSON.stringify(init.boot)], {
    filename: 'vp:prelude',
    result: { reference: true },
  });
  if (init.extra !== undefined) {
    const post = (text) => fromGuest('m', JSON.stringify({ k: 'extra', value: String(text) }));
    await context.evalClosure(`return (${init.extra}\n)($0)`, [new ivm.Callback(post)], { filename: 'vp:extra', result: { copy: true } });
  }
  const error = await slice(limits.loadMs, async () => {
    const script = await isolate.compileScript(init.code, { filename: init.file });
    await script.run(context, { timeout: limits.loadMs });
    script.release();
  });
  if (error !== undefined) return over({ t: 'failed', error });
  if (phase === 'over') return undefined;
  phase = 'running';
  say({ t: 'loaded' });
  measure();
  return pump();
}

/** Notes the size of the heap for the next ping. Asking waits for the guest's turn to end, so it is asked only where none runs. */
function measure() {
  if (busy || phase !== 'running') return;
  isolate.getHeapStatistics().then(
    ({ used_heap_size: used, externally_allocated_size: external }) => (heapBytes = used + external),
    () => undefined,
  );
}

/** @param {import('../protocol.ts').ToHost} message */
function handle(message) {
  switch (message.t) {
    case 'init':
      return load(message).catch(die);
    case 'guest':
      return enqueue(message.text, message.ms);
    case 'ping':
      say({ t: 'pong', id: message.id, heapBytes });
      return measure();
    default:
      return die('a line that no kernel writes');
  }
}

/** Pieces of a line whose end has not come. @type {string[]} */
let pieces = [];

function read(chunk) {
  let from = 0;
  for (let to = chunk.indexOf('\n'); to !== -1; to = chunk.indexOf('\n', from)) {
    pieces.push(chunk.slice(from, to));
    const line = pieces.join('');
    pieces = [];
    from = to + 1;
    void handle(JSON.parse(line));
  }
  if (from < chunk.length) pieces.push(chunk.slice(from));
}

process.on('uncaughtException', die);
// Ctrl-C and the end of a service reach every process of it. When this one ends is the kernel's matter: its guards still guard.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGQUIT']) process.on(signal, () => undefined);
process.on('unhandledRejection', die);

const addon = { exports: {} };
process.dlopen(addon, process.argv[2] ?? '');
const ivm = addon.exports.ivm ?? addon.exports;

stdin.resume();
// The kernel is gone.
stdin.on('end', () => die());
stdin.on('error', () => die());
say({ t: 'up' });
