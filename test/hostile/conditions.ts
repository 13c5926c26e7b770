/** What must hold after every run, whatever the program was. Each breach is a line of text. */
import type { Permissions } from '@vp/schemas';
import type { Call, Evidence } from './evidence.ts';
import { isAtLeast } from './kernel.ts';
import { isPrivate } from './network.ts';

/** Processor time, so that a busy machine does not count; generous, since compiling and collecting garbage do. The table has the figure. */
export const HELD_MS = 500;
const FINDING_KEYS = new Set(['level', 'reason', 'rule', 'instead', 'plugin']);

/** All breaches of a run; none where everything held. */
export function breachesOf(evidence: Evidence): string[] {
  return [
    ...reported(evidence),
    ...leaked(evidence),
    ...evidence.changes.map((change) => `outside: ${change}`),
    ...evidence.sent.flatMap((sent) => forbidden(sent, evidence.program.grant)),
    ...(evidence.isPolluted ? ['the prototype of all objects is polluted'] : []),
    ...evidence.calls.flatMap((call) => breachesOfCall(call, evidence)),
    ...delivered(evidence),
    ...others(evidence),
    ...evidence.afterUnload.map((text) => `heard after it was unloaded: ${text}`),
    ...evidence.processesLeft.map((pid) => `process ${pid} is left`),
  ];
}

/** The program itself says that it got out. */
function reported({ told }: Evidence): string[] {
  const out = told.filter(({ what, a }) => what === 'report' && (a === 'escaped' || a === 'leak'));
  return out.map(({ a, b }) => `it reports: ${a} ${b}`);
}

/** Bait or the place of the fixture in anything that the plugin had in hand or that left the machine. */
function leaked({ told, sent, lines, calls, secrets }: Evidence): string[] {
  const places: readonly (readonly [string, readonly string[]])[] = [
    ['was told', told.map(({ a, b }) => `${a} ${b}`)],
    ['was sent', sent.map(({ url, body, headers }) => `${url} ${body} ${JSON.stringify(headers)}`)],
    ['was logged', lines.filter((line) => line.isGuests).map((line) => line.text)],
    ['is in a finding', calls.flatMap((call) => call.findings.map((finding) => finding.reason))],
  ];
  return places.flatMap(([where, texts]) => {
    const text = texts.find((one) => secrets.some((secret) => one.includes(secret)));
    return text === undefined ? [] : [`something secret ${where}: ${text.slice(0, 200)}`];
  });
}

function forbidden({ origin, url, address }: Evidence['sent'][number], grant: Permissions): string[] {
  if (isPrivate(address)) return [`sent to ${address}: ${url}`];
  return (grant.net ?? []).includes(origin) ? [] : [`sent to an origin that is not granted: ${url}`];
}

function breachesOfCall(call: Call, { plugin, told }: Evidence): string[] {
  const { id, base, verdict, findings, guarded } = call;
  const where = `call ${id} (${call.command})`;
  if (call.error !== undefined) return [`${where} had no verdict: ${call.error}`];
  const breaches: string[] = [];
  if (!isAtLeast(verdict, base)) breaches.push(`${where}: ${verdict} is milder than the kernel's ${base}`);
  if (findings.some((finding) => !isClean(finding))) breaches.push(`${where}: a finding carries more than a finding may`);
  const said = findings.filter((finding) => finding.plugin === plugin).map((finding) => finding.level);
  const answer = answerTo(id, told);
  // A pass is over at its first late tap, with a denial: who comes after is not asked.
  const isOver = verdict === 'deny' && findings.some((finding) => finding.rule === 'tap-failed' && finding.plugin !== plugin);
  if (guarded && !isOver && !isEnough(answer, said))
    breaches.push(`${where}: the plugin's answer was ${answer}, and its finding ${said.join() || 'none'}`);
  return breaches;
}

/** What the plugin answered, in the shim's words; `none` where nothing is known of an answer. */
export function answerTo(id: string, told: Evidence['told']): string {
  if (told.some(({ what, a }) => what === 'threw' && a === `hook ${id}`)) return 'threw';
  const answer = told.findLast(({ what, a }) => what === 'answered' && a === id);
  return answer?.b.split(' ')[0] ?? 'none';
}

/** Late, thrown, confused or not given: a denial. Said in plain words: at least that. */
function isEnough(answer: string, said: readonly string[]): boolean {
  if (said.includes('deny')) return true;
  if (answer === 'ask') return said.includes('ask');
  return answer === 'allow' || answer === 'silent' || answer === 'own';
}

function isClean(finding: object): boolean {
  const isPlain = Object.getPrototypeOf(finding) === Object.prototype;
  return isPlain && Reflect.ownKeys(finding).every((key) => typeof key === 'string' && FINDING_KEYS.has(key));
}

function delivered({ lines, lineCap }: Evidence): string[] {
  const count = lines.filter((line) => line.isGuests).length;
  return count <= lineCap ? [] : [`${count} log lines were delivered, ${lineCap} may be`];
}

function others({ neighbour, loop }: Evidence): string[] {
  const { state, kills, asked, answered, spoken } = neighbour;
  const breaches: string[] = [];
  if (state !== 'active' || kills > 0) breaches.push(`the good plugin is ${state} and was ended ${kills} times`);
  if (answered < asked || spoken === 0) breaches.push(`the good plugin denied ${answered} of ${asked}, ${spoken} in its own words`);
  const still = loop.turns.findIndex((turns) => turns === 0);
  if (loop.heldMs > HELD_MS) breaches.push(`the kernel's event loop was held by its own work for ${loop.heldMs.toFixed(0)} ms`);
  if (still !== -1) breaches.push(`the kernel's event loop stood still in phase ${still + 1}`);
  return breaches;
}
