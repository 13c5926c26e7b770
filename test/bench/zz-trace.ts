import { sessions } from '@vp/sdk';
import { statSync, watch, readFileSync } from 'node:fs';
import { agentHome, realAgent, startApi } from '../support/api/index.ts';
import { inFolder } from './harness.ts';
import { withKernel } from './plugins.ts';
const log: [number, string][] = [];
const mark = (s: string) => log.push([performance.now(), s]);
await inFolder(async (folder) => {
  const api = await startApi([]);
  const home = await agentHome(api.url);
  let n = 0;
  api.use((r) => { if ((r.body.tools ?? []).length === 0) return { text: 'ok' }; mark('API request'); n += 1; return n > 6 ? { text: 'done' } : { tools: [{ name: 'Bash', input: { command: 'true', description: 'x' } }] }; });
  await withKernel(folder, folder, ['@vp/charter', ['@vp/claude', { bin: realAgent, canary: false, withoutFacts: 'allow' }]], home.env, async (kernel) => {
    const s = kernel.use(sessions);
    s.on('session-output', ({ events }) => mark('output ' + events.map((e) => e.type + (e.subtype ?? '')).join(',')));
    s.on('verdict', ({ micros }) => mark('verdict ' + micros));
    s.on('session-spawned', ({ sessionId }) => {
      const root = `${folder}/state/sessions/${sessionId}`;
      let size = 0;
      watch(root, (_e, f) => { const now = statSync(`${root}/out`).size; const text = now > size ? readFileSync(`${root}/out`, 'utf8').slice(size).split('\n').filter(Boolean).map((l) => { try { const j = JSON.parse(l); return j.type + '/' + (j.subtype ?? j.request?.subtype ?? '') + (j.type==='control_response' ? j.response.request_id : ''); } catch { return '?'; } }).join(' ') : ''; size = now; mark(`  fs ${f} ${text}`); });
      watch(`${root}/in.d`, (_e, f) => mark(`  in.d ${f}`));
    });
    const { completion } = await s.spawnSession({ workingDirectory: home.project, prompt: 'go' });
    await completion;
  });
  await api.close(); await home.remove();
});
const i = log.findIndex(([, s]) => s === 'API request'); const t0 = log[i + 1]?.[0] ?? 0;
let reqs = 0; for (const [t, s] of log) { if (s === 'API request') reqs += 1; if (reqs === 4 || reqs === 5) console.log((t - t0).toFixed(1), s); }
