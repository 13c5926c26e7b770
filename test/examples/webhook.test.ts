import { onCrash, sessionEnd, testPlugin } from '@vp/sdk/testing';
import { describe, expect, it } from 'vitest';
import webhook from '../../examples/webhook/webhook.ts';

interface Post {
  readonly url: string;
  readonly init: RequestInit;
}

/** A web of one server, in memory. */
function web(status: number): { posts: Post[]; fetch: typeof globalThis.fetch } {
  const posts: Post[] = [];
  const fetch: typeof globalThis.fetch = (url, init = {}) => {
    posts.push({ url: url as string, init });
    return Promise.resolve(new Response(null, { status }));
  };
  return { posts, fetch };
}

const bodies = (posts: readonly Post[]): unknown[] => posts.map(({ init }) => JSON.parse(init.body as string));

describe('webhook', () => {
  it('posts the end of a session and a crash, with the token and without what was said', async () => {
    const { posts, fetch } = web(204);
    const plugin = await testPlugin(webhook, { fetch, env: { WEBHOOK_TOKEN: 'secret' }, config: { path: '/services/1' } });
    plugin.fire('session-end', sessionEnd({ result: 'private', costUsd: 0.5 }));
    await plugin.fire('on-crash', onCrash({ crashType: 'oom', stderrTail: 'private' }));
    expect(await plugin.stop()).toMatchObject({ open: [], errors: [] });
    expect(posts.map(({ url, init }) => [url, init.method, init.headers])).toEqual(
      Array.from({ length: 2 }, () => [
        'https://hooks.example.com/services/1',
        'POST',
        { 'content-type': 'application/json', authorization: 'Bearer secret' },
      ]),
    );
    expect(bodies(posts)).toMatchObject([
      { event: 'session-end', session: 'session-1', orchestrator: 'default', state: 'completed', costUsd: 0.5 },
      { event: 'crash', session: 'session-1', orchestrator: 'default', attempt: 1, crashType: 'oom' },
    ]);
    expect(JSON.stringify(bodies(posts))).not.toContain('private');
    expect(plugin.log).toEqual([]);
  });

  it('does without the token, and only warns where the server refuses', async () => {
    const { posts, fetch } = web(500);
    const plugin = await testPlugin(webhook, { fetch });
    plugin.fire('session-end', sessionEnd());
    await plugin.stop();
    expect(posts.map(({ init }) => init.headers)).toEqual([{ 'content-type': 'application/json' }]);
    expect(plugin.log).toEqual([
      { level: 'warn', plugin: 'webhook', message: 'the webhook was not told', fields: { error: 'Error: it answered 500' } },
    ]);
  });
});
