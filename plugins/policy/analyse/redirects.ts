/** Redirections: files read and written, connections opened, texts handed in. */
import { ANY, FROM_NET, FROM_SECRET, FROM_FILE, type Field, type Stream } from '../types.ts';
import { spanOf, type Analysis, type Scene } from './analysis.ts';
import { expander } from './expander.ts';
import { Frame } from './frame.ts';
import type { HereDoc, Redirection } from './parse.ts';
import { opaque, SOME_FILE, textStream } from './streams.ts';
import { expandBody, expandOne } from './words.ts';

/** Where a command's streams lead. */
export interface Plumbing {
  readonly stdin: Stream | undefined;
  /** Files that take what it prints. */
  readonly outputs: readonly { readonly path: Field; readonly append: boolean }[];
  /** Machines that take what it prints. */
  readonly hosts: readonly string[];
  readonly silent: boolean;
}

type FileRedirection = Extract<Redirection, { type: 'Redirect' }>;

const CONNECTION = /^\/dev\/(?:tcp|udp)\/([^/]+)\/(.+)$/;

/** Sets up the redirections of a command. */
export function redirect(analysis: Analysis, scene: Scene, redirects: readonly Redirection[]): Plumbing {
  let stdin: Stream | undefined;
  const outputs: { path: Field; append: boolean }[] = [];
  const hosts: string[] = [];
  for (const one of redirects) {
    if (!analysis.spend(scene)) break;
    const frame = new Frame(analysis, scene, spanOf(scene, one));
    if (one.type === 'HereDoc') stdin = document(analysis, scene, one);
    else if (one.type === 'HereString') {
      const [word] = one.target ? expandOne(one.target, expander(analysis, scene)) : [];
      stdin = word ? textStream(`${word.text}\n`, word.taint) : undefined;
    } else {
      for (const target of one.target ? expandOne(one.target, expander(analysis, scene)) : []) {
        const part = connect(frame, one, target);
        stdin = part.stdin ?? stdin;
        hosts.push(...(part.hosts ?? []));
        outputs.push(...(part.outputs ?? []));
      }
    }
  }
  return { stdin, outputs, hosts, silent: outputs.length > 0 };
}

/** One redirection to a file or a connection. */
function connect(frame: Frame, one: FileRedirection, target: Field): Partial<Plumbing> {
  if (/^(?:\d+|-|\d+-)$/.test(target.text) && one.operator.includes('&') && !one.operator.startsWith('&')) return {};
  const host = CONNECTION.exec(target.text)?.[1];
  if (host !== undefined) {
    frame.effect('net.connect', host);
    return { hosts: [host], stdin: opaque(FROM_NET) };
  }
  const number = one.descriptor?.type === 'FileDescriptor' ? one.descriptor.value : undefined;
  if (one.operator.startsWith('<')) {
    frame.reads(target);
    if (one.operator === '<>') frame.writes(target);
    return number === undefined || number === 0 ? { stdin: contentAt(frame, target) } : {};
  }
  const append = one.operator.includes('>>');
  frame.writes(target, append ? 'write.append' : 'write.create');
  return number === undefined || number === 1 ? { outputs: [{ path: target, append }] } : {};
}

/** What a file holds as far as this call knows. */
export function contentAt(frame: Frame, path: Field): Stream {
  const at = path.text.startsWith('/dev/fd/') ? path.text : frame.place(path).path;
  const known = at === null ? undefined : frame.analysis.ground.traces.written.get(at);
  if (known) return known;
  return frame.taint & FROM_SECRET ? opaque(FROM_SECRET | FROM_FILE) : SOME_FILE;
}

function document(analysis: Analysis, scene: Scene, doc: HereDoc): Stream {
  const text = doc.operator === '<<-' ? doc.body.text.replace(/^\t+/gm, '') : doc.body.text;
  if (!doc.body.parts || doc.delimiter?.quoted) return textStream(text);
  const body = expandBody(doc.body.parts, expander(analysis, scene));
  return body.text === ANY ? opaque(body.taint) : textStream(body.text, body.taint);
}

/** Follows what a command prints into its files and connections. */
export function pour(analysis: Analysis, scene: Scene, plumbing: Plumbing, output: Stream): void {
  const { traces } = analysis.ground;
  for (const { path, append } of plumbing.outputs) {
    const frame = new Frame(analysis, scene, path.span);
    const at = frame.place(path).path;
    if (at === null || at.startsWith('/dev/')) continue;
    const before = append ? (traces.written.get(at) ?? SOME_FILE) : undefined;
    const content = before ? joined(before, output) : output;
    traces.written.set(at, content);
    if (scene.state.remote === null) frame.wrote(at, content);
  }
  for (const host of plumbing.hosts) send(new Frame(analysis, scene, undefined), host, output);
}

function joined(before: Stream, output: Stream): Stream {
  if (before.text !== null && output.text !== null) return textStream(before.text + output.text, before.taint | output.taint);
  return opaque(before.taint | output.taint);
}

function send(frame: Frame, host: string, output: Stream): void {
  if (output.taint & FROM_SECRET) frame.effect('net.exfiltrate', host);
  else if (output.taint & FROM_FILE) frame.effect('net.upload', host);
}

/** Walks a compound command with its redirections. */
export function withRedirects(analysis: Analysis, scene: Scene, redirects: readonly Redirection[], body: (scene: Scene) => Stream): Stream {
  const plumbing = redirect(analysis, scene, redirects);
  const before = scene.state.stdin;
  if (plumbing.stdin) scene.state.stdin = plumbing.stdin;
  const output = body(scene);
  scene.state.stdin = before;
  pour(analysis, scene, plumbing, output);
  return plumbing.silent ? textStream('') : output;
}
