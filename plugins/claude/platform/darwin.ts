/** macOS, best effort: `ps` knows the start of a process to the second, and shows the environment of the user's own ones. */
import { execFileSync } from 'node:child_process';
import type { Platform } from './platform.ts';

export const darwin: Platform = {
  bootId: () => run('sysctl', ['-n', 'kern.bootsessionuuid']).trim(),
  look(pid) {
    const state = run('ps', ['-o', 'stat=', '-p', String(pid)]).trim();
    if (state === '') return undefined;
    return { start: run('ps', ['-o', 'lstart=', '-p', String(pid)]).trim(), zombie: state.startsWith('Z') };
  },
  members(session, holder) {
    const mark = ` VP_SESSION=${session}`;
    return run('ps', ['-E', '-ww', '-A', '-o', 'pid=,command='])
      .split('\n')
      .filter((line) => `${line} `.includes(`${mark} `))
      .map((line) => Number.parseInt(line, 10))
      .filter((pid) => Number.isInteger(pid) && pid !== process.pid && pid !== holder);
  },
  marked: () =>
    run('ps', ['-E', '-ww', '-A', '-o', 'pid=,command='])
      .split('\n')
      .flatMap((line) => {
        const session = / VP_SESSION=(\S+)/.exec(line)?.[1];
        return session === undefined ? [] : [{ pid: Number.parseInt(line, 10), session }];
      }),
  oomCount: () => ({ machine: 0, group: 0 }),
};

function run(program: string, args: readonly string[]): string {
  try {
    return execFileSync(program, args, {
      encoding: 'utf8',
      env: { PATH: '/usr/bin:/bin:/usr/sbin:/sbin', LC_ALL: 'C' },
      stdio: ['ignore', 'pipe', 'ignore'],
    });
  } catch {
    return '';
  }
}
