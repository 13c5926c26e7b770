/** Tools that fetch from the web. */
import { hostOf } from '../../effects/hosts.ts';
import type { Tool } from './index.ts';

const fetch: Tool = (frame, input) => {
  const { url } = input;
  if (typeof url !== 'string') return frame.analysis.unknown('shape', 'the address is not a text');
  if (/^file:/i.test(url)) frame.reads({ text: url.replace(/^file:\/\/[^/]*/i, ''), glob: false, taint: 0 });
  frame.effect('net.fetch', hostOf(url));
};

const search: Tool = (frame) => frame.effect('net.fetch', null, { words: 'searches the web' });

/** Tools of the web. */
export const WEB: Readonly<Record<string, Tool>> = { WebFetch: fetch, WebSearch: search };
