/** Where somebody is at the terminal, a grant is asked for; only yes is yes. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { repository } from '../../support/api/index.ts';
import { desk, NOTIFIER, type Desk } from './support.ts';

let at: Desk;
beforeAll(async () => {
  at = await desk();
  await at.lay({ 'notifier.ts': NOTIFIER });
});
afterAll(() => at.remove());

/** Runs `vp plugin grant` at a terminal that script(1) makes, and answers once it asks. */
async function answer(text: string): Promise<{ code: number; out: string }> {
  const program = join(repository, 'kernel/bin/vp.js');
  const command = `'${process.execPath}' '${program}' plugin grant ./notifier.ts`;
  const child = spawn('script', ['--quiet', '--return', '--command', command, '/dev/null'], {
    cwd: at.desk,
    env: { ...at.env, VP_HOME: at.state, NO_COLOR: '1' },
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  let out = '';
  child.stdout.on('data', (chunk: Buffer) => {
    out += chunk.toString();
    if (out.includes('[y/N]') && !child.stdin.writableEnded) child.stdin.end(text);
  });
  const [code] = (await once(child, 'close')) as [number];
  return { code, out };
}

const hasGrants = (): boolean => existsSync(join(at.state, 'grants.json'));

describe.skipIf(process.platform !== 'linux' || !existsSync('/usr/bin/script'))('grant at a terminal', () => {
  it('takes anything but yes for no', async () => {
    for (const said of ['n\n', '\n', 'yep\n', '\u0003', '\u0004']) {
      const { out } = await answer(said);
      expect(out).toMatch(/may call https:\/\/api\.acme\.dev[\s\S]*Grant this to notifier\? \[y\/N\]/);
      expect(out).not.toContain('Granted');
      expect(hasGrants()).toBe(false);
    }
  });

  it('grants at yes', async () => {
    const { code, out } = await answer('y\n');
    expect({ code, out }).toMatchObject({ code: 0, out: expect.stringContaining('Granted to notifier.') });
    expect(hasGrants()).toBe(true);
  });
});
