/** A log file that is put aside when it has grown: `vp.log`, `vp.log.1` the newest of the old ones, and so on. */
import { existsSync, mkdirSync, renameSync, rmSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import pino from 'pino';

/** What pino writes to. */
export interface LogFile {
  write(line: string): void;
  /** Writes what is held back; the file can be used on. */
  flush(): void;
  end(): void;
}

/** Opens a log file that keeps to `limit().bytes` a file and `limit().files` old ones. Limits are asked for at each line. */
export function openLogFile(file: string, limit: () => { bytes: number; files: number }): LogFile {
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
  let size = existsSync(file) ? statSync(file).size : 0;
  const destination = pino.destination({ dest: file, sync: true, mkdir: false, mode: 0o600 });
  destination.on('error', () => undefined); // a full disk must not end the service; the lines are lost
  const rotate = (): void => {
    const { files } = limit();
    rmSync(`${file}.${files}`, { force: true });
    for (let n = files - 1; n >= 1; n -= 1) if (existsSync(`${file}.${n}`)) renameSync(`${file}.${n}`, `${file}.${n + 1}`);
    renameSync(file, `${file}.1`);
    destination.reopen();
    size = 0;
  };
  return {
    write(line) {
      const bytes = Buffer.byteLength(line);
      if (size > 0 && size + bytes > limit().bytes && existsSync(file)) rotate();
      size += bytes;
      destination.write(line);
    },
    flush: () => destination.flushSync(),
    end: () => destination.end(),
  };
}
