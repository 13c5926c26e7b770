/** Requests: curl, wget, httpie. Sources: curl(1), wget(1), GTFOBins: curl, wget. */
import { FROM_FILE, FROM_NET, FROM_SECRET, type Field, type Handler, type Handlers, type Invocation, type Shell } from '../types.ts';
import { NOTHING, opaque, withText } from './help.ts';
import { hostOf, sends, taintOfFile } from './hosts.ts';
import { parseOptions, type Options } from './options.ts';

const CURL_SHORT = 'AbcCdDeEFHKmoPQrtTuUwxXyYz';
const CURL_LONG = ['data=', 'data-binary=', 'data-raw=', 'data-urlencode=', 'data-ascii=', 'json=', 'form=', 'form-string=', 'upload-file=', 'output=', 'output-dir=', 'request=', 'header=', 'user=', 'user-agent=', 'config=', 'cookie=', 'cookie-jar=', 'referer=', 'proxy=', 'url=', 'max-time=', 'connect-timeout=', 'retry=', 'retry-delay=', 'cacert=', 'cert=', 'key=', 'write-out=', 'dump-header=', 'unix-socket=', 'resolve=', 'connect-to=', 'netrc-file=', 'limit-rate=', 'range=', 'trace=', 'trace-ascii=', 'stderr=', 'etag-save=', 'engine=', 'interface=', 'location', 'silent', 'fail', 'head', 'remote-name', 'get', 'insecure', 'compressed', 'show-error', 'include', 'variable=', 'expand-data=']; // prettier-ignore

const curl: Handler = (cmd, shell) => {
  const options = parseOptions(cmd.args, { short: CURL_SHORT, long: CURL_LONG });
  if (options.has('help', 'version', 'V')) return undefined;
  const urls = [...options.operands, ...options.values('url')];
  const hosts = urls.length > 0 ? urls.map((url) => hostOf(url.text)) : [null];
  socket(options, shell);
  for (const file of options.values('K', 'config')) {
    if (file.text !== '-') shell.reads(file);
    shell.unknown('target', 'what the configuration of curl says cannot be told', file.span);
  }
  const outputs = options.values('o', 'output', 'c', 'cookie-jar', 'D', 'dump-header', 'trace', 'trace-ascii');
  for (const output of outputs) if (output.text !== '-') shell.writes(output, 'write.create', opaque(FROM_NET));
  if (options.has('O', 'remote-name', 'J'))
    for (const url of urls)
      shell.writes(withText(url, remoteName(url.text, options.value('output-dir'))), 'write.create', opaque(FROM_NET));
  const taint = payload(options, cmd, shell) | urls.reduce((sum, url) => sum | carried(url), 0);
  const uploads = taint !== 0 || changes(options);
  for (const [index, host] of hosts.entries()) {
    const url = urls[index];
    if (url?.text.startsWith('file:')) shell.reads(withText(url, url.text.replace(/^file:\/\/[^/]*/, '')));
    else if (uploads) sends(shell, host, taint);
    else shell.effect('net.fetch', host);
  }
  return outputs.length > 0 ? NOTHING : opaque(FROM_NET);
};

/** What an address carries away. One that is wholly from a list is only fetched. */
function carried(url: Field): number {
  return url.text.startsWith('\uE001') ? url.taint & FROM_SECRET : url.taint & (FROM_SECRET | FROM_FILE);
}

function socket(options: Options, shell: Shell): void {
  const path = options.value('unix-socket', 'abstract-unix-socket');
  if (path) shell.writes(path);
}

function remoteName(url: string, folder: Field | undefined): string {
  const name =
    url
      .replace(/[?#].*$/, '')
      .replace(/\/+$/, '')
      .split('/')
      .at(-1)
      ?.replaceAll('\uE001', '\uE000') || '\uE000';
  return folder ? `${folder.text}/${name}` : name;
}

function changes(options: Options): boolean {
  if (options.has('T', 'upload-file', 'F', 'form')) return true;
  const method = options.value('X', 'request')?.text ?? '';
  return (hasData(options) || /^(?:POST|PUT|PATCH|DELETE)$/i.test(method)) && !options.has('G', 'get');
}

function hasData(options: Options): boolean {
  return options.has('d', 'data', 'data-binary', 'data-raw', 'data-urlencode', 'data-ascii', 'json', 'form-string', 'expand-data');
}

/** What a request carries. */
function payload(options: Options, cmd: Invocation, shell: Shell): number {
  let taint = 0;
  const add = (text: Field, file: string | undefined): void => {
    taint |= text.taint & (FROM_SECRET | FROM_FILE);
    if (file === '-' || file === '.') taint |= cmd.stdin.taint || FROM_FILE;
    else if (file !== undefined) taint |= taintOfFile(withText(text, file), shell);
  };
  for (const text of options.values('d', 'data', 'data-binary', 'data-ascii', 'json', 'variable'))
    add(text, /^(?:[\w]*@)([^]*)$/.exec(text.text)?.[1]);
  for (const text of options.values('data-urlencode')) add(text, /^[^=@]*@([^]*)$/.exec(text.text)?.[1]);
  for (const text of options.values('F', 'form')) add(text, /^[^=]*=[@<]([^;,]*)/.exec(text.text)?.[1]);
  for (const text of options.values('T', 'upload-file')) add(text, text.text);
  for (const text of options.values('data-raw', 'form-string', 'b', 'cookie', 'A', 'user-agent', 'e', 'referer'))
    taint |= text.taint & (FROM_SECRET | FROM_FILE);
  // A token in a header or as a password is how one signs in; the content of a file there is not.
  for (const text of options.values('H', 'header', 'u', 'user')) {
    const file = /^@([^]*)$/.exec(text.text)?.[1];
    if (file !== undefined) add(text, file);
    else if ((text.taint & (FROM_SECRET | FROM_FILE)) === (FROM_SECRET | FROM_FILE)) taint |= FROM_SECRET;
  }
  return taint;
}

const wget: Handler = (cmd, shell) => {
  const options = parseOptions(cmd.args, {
    short: 'OoaiPtTwQUABDIRXle',
    long: [
      'output-document=',
      'output-file=',
      'append-output=',
      'input-file=',
      'directory-prefix=',
      'tries=',
      'timeout=',
      'wait=',
      'user-agent=',
      'header=',
      'post-data=',
      'post-file=',
      'body-data=',
      'body-file=',
      'method=',
      'use-askpass=',
      'execute=',
      'user=',
      'password=',
      'load-cookies=',
      'save-cookies=',
      'accept=',
      'reject=',
      'level=',
      'ca-certificate=',
      'spider',
      'quiet',
    ],
  });
  const askpass = options.value('use-askpass');
  if (askpass) shell.script(askpass, 'wget --use-askpass');
  const output = options.value('O', 'output-document');
  const folder = options.value('P', 'directory-prefix');
  for (const log of options.values('o', 'output-file', 'a', 'append-output', 'save-cookies')) shell.writes(log);
  const list = options.value('i', 'input-file');
  let taint = list && list.text !== '-' ? taintOfFile(list, shell) & FROM_SECRET : 0;
  for (const file of options.values('post-file', 'body-file'))
    taint |= file.text === '-' ? cmd.stdin.taint : taintOfFile(file, shell) | FROM_FILE;
  for (const text of options.values('post-data', 'body-data', 'header')) taint |= text.taint & (FROM_SECRET | FROM_FILE);
  const uploads =
    taint !== 0 ||
    options.has('post-data', 'body-data', 'post-file', 'body-file') ||
    /^(?:POST|PUT|PATCH|DELETE)$/i.test(options.value('method')?.text ?? '');
  for (const url of options.operands) {
    request(url, taint, uploads, shell);
    if (!output && !options.has('spider')) shell.writes(withText(url, remoteName(url.text, folder)), 'write.create', opaque(FROM_NET));
  }
  if (output && output.text !== '-') shell.writes(output, 'write.create', opaque(FROM_NET));
  return output?.text === '-' ? opaque(FROM_NET) : NOTHING;
};

function request(url: Field, taint: number, uploads: boolean, shell: Shell): void {
  const own = taint | carried(url);
  if (uploads || own) sends(shell, hostOf(url.text), own);
  else shell.effect('net.fetch', hostOf(url.text));
}

/** `http POST host key=value key@file`. */
const httpie: Handler = (cmd, shell) => {
  const options = parseOptions(cmd.args, { short: 'aAovps', long: ['auth=', 'output=', 'print=', 'session=', 'timeout='] });
  const words = options.operands.filter((word) => !/^(?:GET|POST|PUT|PATCH|DELETE|HEAD|OPTIONS)$/.test(word.text));
  const [url, ...items] = words;
  let taint = cmd.stdin.taint;
  for (const item of items) {
    const file = /^[^=@:]*(?::?=)?@(.+)$/.exec(item.text)?.[1];
    if (file !== undefined) taint |= taintOfFile(withText(item, file), shell);
  }
  const uploads =
    items.some((item) => /=|@/.test(item.text)) || options.operands.some((word) => /^(?:POST|PUT|PATCH|DELETE)$/.test(word.text));
  const host = url ? (url.text.startsWith(':') ? 'localhost' : hostOf(url.text)) : null;
  if (uploads || taint) sends(shell, host, taint);
  else shell.effect('net.fetch', host);
  const output = options.value('o', 'output');
  if (output) shell.writes(output, 'write.create', opaque(FROM_NET));
  return opaque(FROM_NET);
};

/** Requests. */
export const HTTP: Handlers = {
  curl,
  wget,
  wget2: wget,
  aria2c: wget,
  axel: wget,
  http: httpie,
  https: httpie,
  xh: httpie,
  curlie: httpie,
};
