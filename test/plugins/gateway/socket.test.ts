import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { sessions } from '@vp/sdk';
import { connect as connectRemote } from '../../../kernel/cli/remote.ts';
import { client, type Client } from './client.ts';
import { gatewayKernel, type GatewayKernel } from './kernel.ts';

const kernels: GatewayKernel[] = [];
const clients: Client[] = [];
const folders: string[] = [];

afterEach(async () => {
  for (const one of clients.splice(0)) one.end();
  for (const one of kernels.splice(0)) await one.stop();
  for (const one of folders.splice(0)) await rm(one, { recursive: true, force: true });
});

async function start(options: Parameters<typeof gatewayKernel>[0] = {}): Promise<GatewayKernel> {
  const made = await gatewayKernel(options);
  kernels.push(made);
  return made;
}

async function connect(path: string): Promise<Client> {
  const one = await client(path);
  clients.push(one);
  return one;
}

async function folder(): Promise<string> {
  const made = await mkdtemp(join(tmpdir(), 'vp-socket-'));
  folders.push(made);
  return made;
}

const status = 'sessions.getSessionStatus';

describe('the socket', () => {
  it('is for this user alone, and gone after the stop', async () => {
    const made = await start();
    expect((statSync(made.socket).mode & 0o777).toString(8)).toBe('600');
    await made.kernel.stop();
    expect(existsSync(made.socket)).toBe(false);
  });

  it('takes the place of one that a dead kernel left', async () => {
    const home = join(await folder(), 'state');
    await mkdir(home);
    const listen = `require('node:net').createServer().listen(${JSON.stringify(join(home, 'vp.sock'))}, () => process.kill(process.pid, 'SIGKILL'))`;
    spawnSync(process.execPath, ['-e', listen]);
    expect(existsSync(join(home, 'vp.sock'))).toBe(true);
    await start({ home });
    expect(await (await connect(join(home, 'vp.sock'))).call(status, ['1'])).toMatchObject({ result: '1' });
  });

  it('is in the runtime folder where the path would be too long, and commands find it', async () => {
    const runtime = await folder();
    const home = join(await folder(), 'd'.repeat(120));
    const made = await start({ home, env: { XDG_RUNTIME_DIR: runtime } });
    const path = readFileSync(join(home, 'vp.sock.path'), 'utf8');
    expect(path).toMatch(new RegExp(`^${runtime}/vp-[0-9a-f]{16}\\.sock$`));
    expect((statSync(path).mode & 0o777).toString(8)).toBe('600');
    const connection = await connectRemote(home);
    expect(await connection.use(sessions).getSessionStatus('found')).toBe('found');
    await connection.close();
    await made.kernel.stop();
    expect(existsSync(path)).toBe(false);
  });

  it('is refused where the path is too long and there is no runtime folder: what to do is said', async () => {
    const home = join(await folder(), 'd'.repeat(120));
    await expect(start({ home })).rejects.toMatchObject({ code: 'VP_SOCKET_PATH', hint: expect.stringContaining('XDG_RUNTIME_DIR') });
  });
});

describe('a client that comes before the kernel is ready', () => {
  it('is answered once every plugin is up', async () => {
    const home = join(await folder(), 'state');
    const slow = `import { definePlugin } from '@vp/sdk';
      import { existsSync } from 'node:fs';
      export default definePlugin({ name: 'zz-policy', needs: ['sessions@1'], async setup() {
        while (!existsSync(${JSON.stringify(join(home, 'go'))})) await new Promise((resolve) => setTimeout(resolve, 20));
      } });`;
    const starting = gatewayKernel({ home, last: slow });
    while (!existsSync(join(home, 'vp.sock'))) await new Promise((resolve) => setTimeout(resolve, 20));
    const early = await connect(join(home, 'vp.sock'));
    const answered = early.call(status, ['early']);
    // Long enough for an answer that would come too early, on any machine that would give one.
    await new Promise((resolve) => setTimeout(resolve, 200));
    expect(early.lines).toEqual([]);
    writeFileSync(join(home, 'go'), '');
    expect(await answered).toMatchObject({ result: 'early' });
    kernels.push(await starting);
  });
});
