/** The log: structured lines in `logs/vp.log`, the same on standard error, pretty where that is a terminal. */
import { join } from 'node:path';
import type { LogLevel } from '@vp/schemas';
import type { Logger } from '@vp/sdk';
import pino from 'pino';
import { redact, REDACTED_PATHS } from './redact.ts';
import { openLogFile } from './rotate.ts';

/** What can change while the log is open. */
export interface LogSettings {
  readonly level: LogLevel;
  readonly levels: Readonly<Record<string, LogLevel>>;
  readonly redact: readonly string[];
  readonly rotate: { readonly sizeMb: number; readonly files: number };
}

/** The loggers of a kernel, one a plugin. */
export interface Logs {
  /** The logger of a plugin, or of the `kernel`. */
  of(plugin: string): Logger;
  /** Applies new levels and limits at once, also to loggers that are held already. `redact` holds for loggers made from then on. */
  set(settings: LogSettings): void;
  close(): void;
}

/** Standard error as a second place to write to. */
export interface Screen {
  write(line: string): unknown;
  readonly isTTY?: boolean;
}

/** Opens the log of a state folder. `screen` absent: the file alone. */
export async function openLogs(home: string, first: LogSettings, screen?: Screen): Promise<Logs> {
  let settings = first;
  const file = openLogFile(join(home, 'logs', 'vp.log'), () => ({
    bytes: settings.rotate.sizeMb * 1024 * 1024,
    files: settings.rotate.files,
  }));
  const show = screen && (await screenWriter(screen));
  const stream = {
    write(raw: string): void {
      const line = redact(raw);
      file.write(line);
      show?.(line);
    },
  };
  const loggers = new Map<string, pino.Logger>();
  const levelOf = (plugin: string): LogLevel => settings.levels[plugin] ?? settings.level;
  const make = (plugin: string): pino.Logger => {
    const paths = [...REDACTED_PATHS, ...settings.redact];
    return pino(
      { level: levelOf(plugin), base: { plugin }, redact: { paths, censor: '[redacted]' }, timestamp: pino.stdTimeFunctions.isoTime },
      stream,
    );
  };
  return {
    of(plugin) {
      const logger = loggers.get(plugin) ?? make(plugin);
      loggers.set(plugin, logger);
      return logger;
    },
    set(next) {
      settings = next;
      for (const [plugin, logger] of loggers) logger.level = levelOf(plugin);
    },
    close: () => file.end(),
  };
}

async function screenWriter(screen: Screen): Promise<(line: string) => void> {
  if (!screen.isTTY) return (line) => void screen.write(line);
  const pretty = await prettyPrinter(true, 'SYS:HH:MM:ss');
  return (line) => void screen.write(pretty(line));
}

/** Turns a line of the log into text for people. `time` as pino-pretty's `translateTime`. */
export async function prettyPrinter(colour: boolean, time: string): Promise<(line: string) => string> {
  const { prettyFactory } = await import('pino-pretty');
  const pretty = prettyFactory({ colorize: colour, ignore: 'pid,hostname,plugin', messageFormat: '{plugin}: {msg}', translateTime: time });
  const harmlessValue = (_key: string, value: unknown): unknown => (typeof value === 'string' ? harmless(value) : value);
  return (line) => (isJson(line) ? pretty(JSON.parse(line, harmlessValue) as object) : `${harmless(line.trimEnd())}\n`);
}

/** What an agent wrote may be in a line: it must not steer the terminal. */
function harmless(text: string): string {
  return text.replaceAll(/[\0-\x08\x0b-\x1f\x7f-\x9f]/g, (sign) => `\\x${sign.charCodeAt(0).toString(16).padStart(2, '0')}`);
}

/** A pattern may have taken out more than a value: then the line is shown as it is. */
function isJson(line: string): boolean {
  try {
    JSON.parse(line);
    return true;
  } catch {
    return false;
  }
}
