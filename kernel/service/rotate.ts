/** A log file that is put aside when it has grown: `vp.log`, `vp.log.1` the newest of the old ones, and so on. */
import { closeSync, existsSync, mkdirSync, openSync, renameSync, rmSync, statSync, writeSync } from 'node:fs';
import { dirname } from 'node:path';

/** What pino writes to. */
export interface LogFile {
  write(line: string): void;
  end(): void;
}

/**
 * Opens a log file that keeps to `limit().bytes` a file and `limit().files` old ones. Limits are asked for at each line. A full disk
 * must not end the service, nor fill its memory: a line that cannot be written is lost.
 */
export function openLogFile(file: string, limit: () => { bytes: number; files: number }): LogFile {
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
  let size = existsSync(file) ? statSync(file).size : 0;
  let isTorn = false;
  let fd: number | undefined = open(file);
  const close = (): void => {
    if (fd !== undefined) closeSync(fd);
    fd = undefined;
  };
  const append = (bytes: Buffer): void => {
    fd ??= open(file);
    const written = writeSync(fd, bytes);
    size += written;
    isTorn = written < bytes.length;
  };
  return {
    write(line) {
      try {
        // What a full disk cut off must not swallow the line that follows.
        const bytes = Buffer.from(isTorn ? `\n${line}` : line);
        if (size > 0 && size + bytes.length > limit().bytes) {
          close();
          putAside(file, limit().files);
          size = 0;
        }
        append(bytes);
      } catch {
        return;
      }
    },
    end: close,
  };
}

function open(file: string): number {
  return openSync(file, 'a', 0o600);
}

function putAside(file: string, files: number): void {
  rmSync(`${file}.${files}`, { force: true });
  for (let n = files - 1; n >= 1; n -= 1) if (existsSync(`${file}.${n}`)) renameSync(`${file}.${n}`, `${file}.${n + 1}`);
  if (existsSync(file)) renameSync(file, `${file}.1`);
}
