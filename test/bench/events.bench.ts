/** Events of an agent per second, from the output file through ten on-output taps, beside a bare loop that reads, splits and parses it. */
import { closeSync, openSync, readFileSync, readSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { sessions } from '@vp/sdk';
import { inFolder, inTurns, median, report, row } from './harness.ts';
import { pluginFolder, TAPS, withKernel, writeTaps } from './plugins.ts';
import { transcript } from './transcript.ts';

const TURNS = 12_000;
const ROUNDS = 7;
const CHUNK = 1024 * 1024;

/** Lines per second of a loop that reads in the same chunks. */
function bare(file: string, wanted: number): number {
  const started = performance.now();
  const fd = openSync(file, 'r');
  const { size } = statSync(file);
  const buffer = Buffer.allocUnsafe(CHUNK);
  let rest = '';
  let seen = 0;
  for (let at = 0; at < size;) {
    const read = readSync(fd, buffer, 0, CHUNK, at);
    at += read;
    const lines = (rest + buffer.toString('utf8', 0, read)).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) if ((JSON.parse(line) as { type?: string }).type !== undefined) seen += 1;
  }
  closeSync(fd);
  if (seen !== wanted) throw new Error(`the loop saw ${seen} lines of ${wanted}`);
  return seen / ((performance.now() - started) / 1_000);
}

report(
  await inFolder(async (folder) => {
    const plugins = pluginFolder(folder);
    const file = join(folder, 'transcript.jsonl');
    const { text, lines } = transcript(TURNS);
    writeFileSync(file, text);
    const body = 'for (const event of payload.events) globalThis.seen = (globalThis.seen ?? 0) + event.type.length;';
    const taps = writeTaps(plugins, 'on-output', body);
    const claude = ['@vp/claude', { bin: join(import.meta.dirname, 'replayer.ts'), canary: false }] as const;
    return withKernel(folder, plugins, ['@vp/charter', claude, ...taps], process.env, async (kernel) => {
      const service = kernel.use(sessions);
      let events = 0;
      let inFirst = 0;
      let first = 0;
      let last = 0;
      // What the first batch took cannot be told from the start of the agent: the clock runs from its end.
      service.on('session-output', (output) => {
        last = performance.now();
        if (events === 0) [first, inFirst] = [last, output.events.length];
        events += output.events.length;
      });
      const through = async (): Promise<number> => {
        events = 0;
        const { completion } = await service.spawnSession({ workingDirectory: folder, prompt: file });
        const { state, reason } = await completion;
        if (state !== 'completed' || events !== lines + 1)
          throw new Error(`the session ${state} after ${events} events of ${lines + 1}: ${reason ?? ''}`);
        service.cleanupCompletedSessions();
        return (events - inFirst) / ((last - first) / 1_000);
      };
      const values = await inTurns(ROUNDS, { through, bare: () => bare(file, lines) }, 2);
      if (readFileSync(file).length !== Buffer.byteLength(text)) throw new Error('the transcript was changed');
      return [
        row({
          name: `events through ${TAPS} on-output taps`,
          value: median(values.through),
          unit: '1/s',
          yardstick: median(values.bare),
          beside: 'bare read, split, JSON.parse',
          aim: ['>= 0.6 x', (_value, ratio) => ratio >= 0.6],
        }),
      ];
    });
  }),
);
