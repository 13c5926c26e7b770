/** Keeps `status.json` and the log up with a kernel: every change of state, and a heartbeat. */
import { isVpError, pool, sessions, type Logger } from '@vp/sdk';
import { reasonOf, withRemedy } from '../core/errors.ts';
import type { Kernel } from '../core/kernel.ts';
import type { Outcome } from '../reload/replace.ts';
import { writeStatus, type ReloadReport, type StatusFile } from './status-file.ts';
import { version } from './version.ts';

/** Enough for all who wait at the same time. */
const KEPT_REPORTS = 16;

export class Reporter {
  readonly #kernel: Kernel;
  readonly #log: Logger;
  #configError: string | null = null;
  #reloads: readonly ReloadReport[] = [];
  #heartbeatAt = new Date();
  #scheduled = false;
  #isStopped = false;
  #heart: NodeJS.Timeout | undefined;
  #dueAt = Date.now();
  #lateMs = 0;

  constructor(kernel: Kernel, log: Logger) {
    this.#kernel = kernel;
    this.#log = log;
    this.#listen();
  }

  /** Starts the heartbeat. */
  start(): void {
    this.#beat();
    for (const event of ['session-spawned', 'session-state', 'session-ended'] as const)
      this.#kernel.use(sessions).on(event, () => this.changed());
    for (const event of ['request-queued', 'request-ended', 'session-recovering'] as const)
      this.#kernel.use(pool).on(event, () => this.changed());
  }

  /** Writes the file for the last time: it may be another kernel's from then on. */
  stop(): void {
    clearTimeout(this.#heart);
    this.write();
    this.#isStopped = true;
  }

  /** Notes how a reload went that somebody waits for. */
  reloaded(id: string, outcomes: readonly Outcome[], error?: unknown): void {
    const plugins = outcomes.map((one) => ({
      plugin: one.plugin,
      result: one.result,
      ...(one.result === 'refused' ? { error: withRemedy(one.error) } : {}),
    }));
    const report = { id, plugins, configError: this.#configError, error: error === undefined ? null : plain(error) };
    this.#reloads = [...this.#reloads, report].slice(-KEPT_REPORTS);
    this.write();
  }

  /** Something is different: the file is written once for all changes of a moment. */
  changed(): void {
    if (this.#scheduled) return;
    this.#scheduled = true;
    setImmediate(() => {
      this.#scheduled = false;
      this.write();
    });
  }

  write(): void {
    if (!this.#isStopped) writeStatus(this.#kernel.home, this.#status());
  }

  #beat(): void {
    const now = Date.now();
    this.#lateMs = Math.max(0, now - this.#dueAt);
    this.#heartbeatAt = new Date(now);
    this.write();
    const ms = this.#kernel.config?.health.heartbeatMs ?? 30_000;
    this.#dueAt = now + ms;
    this.#heart = setTimeout(() => this.#beat(), ms);
  }

  #status(): StatusFile {
    const { state, startedAt, config, plugins, staged } = this.#kernel.status();
    return {
      state,
      pid: process.pid,
      version,
      startedAt: new Date(startedAt ?? Date.now()).toISOString(),
      heartbeatAt: this.#heartbeatAt.toISOString(),
      config,
      staged,
      configError: this.#configError,
      plugins,
      sessions: this.#sessions(),
      memoryBytes: process.memoryUsage.rss(),
      heartbeatLateMs: this.#lateMs,
      reloads: this.#reloads,
    };
  }

  #sessions(): StatusFile['sessions'] {
    return this.#ofPool() ?? this.#ofSessions() ?? { active: 0, queued: 0, completed: 0, failed: 0 };
  }

  #ofPool(): StatusFile['sessions'] | undefined {
    try {
      const requests = this.#kernel.use(pool);
      const { active, queued } = requests.getPoolStatus();
      const { completedSessions, failedSessions, crashedSessions, timeoutSessions } = requests.getMetrics();
      return { active, queued, completed: completedSessions, failed: failedSessions + crashedSessions + timeoutSessions };
    } catch {
      return undefined;
    }
  }

  #ofSessions(): StatusFile['sessions'] | undefined {
    try {
      const { active, completed, failed, crashed, timeout } = this.#kernel.use(sessions).getMetricsSummary();
      return { active, queued: 0, completed, failed: failed + crashed + timeout };
    } catch {
      return undefined;
    }
  }

  #listen(): void {
    const log = this.#log;
    this.#kernel.on('state', () => this.changed());
    this.#kernel.on('plugin', () => this.changed());
    this.#kernel.on('reload', (outcome) => this.#tellReload(outcome));
    this.#kernel.on('staged', ({ what, files }) => {
      log.warn({ files }, `${what} has changed on disk and waits for \`vp reload\``);
      this.changed();
    });
    this.#kernel.on('config-applied', () => {
      this.#configError = null;
      log.info('the config has changed and is in force');
      this.changed();
    });
    this.#kernel.on('config-rejected', ({ error }) => {
      this.#configError = reasonOf(error);
      log.error(plain(error), 'the edited config is not in force; the one before runs on');
      this.changed();
    });
    this.#kernel.on('plugin-failed', ({ plugin, error }) => {
      log.error(plain(error), `${plugin} does not run; all else does`);
      this.changed();
    });
    this.#kernel.on('tap-failed', ({ hook, plugin, error }) => {
      log.warn({ hook, error: reasonOf(error) }, `a tap of ${plugin} failed`);
      this.changed();
    });
  }

  #tellReload(outcome: Outcome): void {
    if (outcome.result === 'refused')
      this.#log.error(plain(outcome.error), `${outcome.plugin}: the new version is refused; the one before runs on`);
    else if (outcome.result !== 'unchanged') this.#log.info(`${outcome.plugin}: generation ${outcome.generation} is in force`);
    this.changed();
  }
}

function plain(error: unknown): { code: string; message: string; hint?: string; file?: string } {
  if (!isVpError(error)) return { code: 'VP_INTERNAL', message: reasonOf(error) };
  const { code, message, hint, file } = error;
  return { code, message, ...(hint === undefined ? {} : { hint }), ...(file === undefined ? {} : { file }) };
}
