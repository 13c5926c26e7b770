import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
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

const call = (method: string, ...args: unknown[]) => ({ service: 'sessions@1', method, args });

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
    expect(await (await connect(join(home, 'vp.sock'))).call('service.call', call('getSessionStatus', 1))).toMatchObject({ result: 1 });
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

describe('events', () => {
  it('go to those who listen to them, once, however often they asked', async () => {
    const made = await start();
    const [listening, deaf] = [await connect(made.socket), await connect(made.socket)];
    const listen = { service: 'sessions@1', event: 'session-output' };
    await listening.call('service.listen', listen);
    expect(await listening.call('service.listen', listen)).toMatchObject({ result: true });
    expect(await listening.call('service.listen', { ...listen, event: 'nothing' })).toMatchObject({ error: { code: -32602 } });
    await deaf.call('service.call', call('sendInput', 's1', '3'));
    await listening.next((line) => JSON.stringify(line.params?.payload)?.includes('["2 ') === true);
    expect(listening.lines.filter((line) => line.method === 'event').map((line) => line.params?.payload['sessionId'])).toEqual([
      's1',
      's1',
      's1',
    ]);
    expect(deaf.lines).toHaveLength(1);
  });
});

describe('a swap of the gateway', () => {
  it('keeps clients connected, answers calls in flight, and tells each event once', async () => {
    const made = await start();
    const one = await connect(made.socket);
    await one.call('service.listen', { service: 'sessions@1', event: 'session-output' });
    const spawned = one.call('service.call', call('spawnSession', { prompt: 'over the swap' }));
    await one.call('service.call', call('sendInput', 's', '1'));
    for (let n = 0; n < 5; n += 1) {
      await reconfigure(made, 2 + n);
      await one.call('service.call', call('sendInput', 's', '1'));
    }
    await one.call('service.call', call('interrupt'));
    expect(await spawned).toMatchObject({ result: { sessionId: 'over the swap' } });
    expect(one.lines.filter((line) => line.method === 'event')).toHaveLength(6);
    expect(made.kernel.status().plugins.find((plugin) => plugin.name === '@vp/gateway')?.generation).toBe(6);
  });

  it('puts new limits in force, also for who is connected', async () => {
    const made = await start();
    const one = await connect(made.socket);
    await one.call('service.call', call('getSessionStatus', 1));
    await reconfigure(made, 0.001);
    one.raw('x'.repeat(5_000));
    await one.closed;
    expect(one.lines.at(-1)).toMatchObject({ error: { message: expect.stringContaining('longer than') } });
  });
});

/** Another option for the gateway: a new generation of it, by the way that an edit of the config takes. */
async function reconfigure(made: GatewayKernel, maxMessageMb: number): Promise<void> {
  await writeFile(join(made.folder, 'vp.config.json'), JSON.stringify(made.configWith({ maxMessageMb })));
  const outcomes = await made.kernel.reload();
  expect(outcomes.filter((outcome) => outcome.result === 'refused')).toEqual([]);
}

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
    const answered = early.call('service.call', call('getSessionStatus', 'early'));
    // Long enough for an answer that would come too early, on any machine that would give one.
    await new Promise((resolve) => setTimeout(resolve, 200));
    expect(early.lines).toEqual([]);
    writeFileSync(join(home, 'go'), '');
    expect(await answered).toMatchObject({ result: 'early' });
    kernels.push(await starting);
  });
});
