/** `vp recovery`: what is being recovered, what all wait for, and the counts. */
import { recovery, type Command, type Park, type RecoveryState, type RecoveryStatistics } from '@vp/sdk';

const command: Command = async (context) => {
  const service = context.use(recovery);
  const [park, active, statistics] = await Promise.all([service.getPark(), service.getActiveRecoveries(), service.getRecoveryStats()]);
  const lines = context.json
    ? [JSON.stringify({ park, active, statistics })]
    : [...parkLines(park), ...activeLines(active), ...countLines(statistics)];
  for (const line of lines) context.print(line);
  return 0;
};

export default command;

function parkLines(park: Park | null): string[] {
  if (park === null) return [];
  return [`nothing starts before ${new Date(park.until).toISOString()}: ${park.reason}`, '  `vp recovery unpark` waits no more', ''];
}

function activeLines(active: readonly RecoveryState[]): string[] {
  if (active.length === 0) return ['no session is being recovered'];
  const heading = ['SESSION', 'STATUS', 'ATTEMPT', 'TYPE', 'NEXT', 'WHY'];
  const rows = active.map(({ sessionId, status, decision, analysis, nextAttemptAt }) => [
    sessionId,
    status,
    decision.action === 'retry' ? String(decision.attemptNumber) : '-',
    analysis.type,
    nextAttemptAt ?? '-',
    analysis.rootCause,
  ]);
  const widths = heading.map((title, column) => Math.max(title.length, ...rows.map((row) => row[column]?.length ?? 0)));
  return [heading, ...rows].map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd(),
  );
}

function countLines(counts: RecoveryStatistics): string[] {
  const { totalCrashes, successfulRecoveries, failedRecoveries, abandonedRecoveries, successRate, byType } = counts;
  const rate = successRate === null ? '' : ` (${Math.round(successRate * 100)} %)`;
  const types = Object.entries(byType).map(([type, count]) => `${type} ${count}`);
  return [
    '',
    `crashes ${totalCrashes}${types.length === 0 ? '' : `: ${types.join(', ')}`}`,
    `recovered ${successfulRecoveries}${rate}, failed ${failedRecoveries}, given up ${abandonedRecoveries}`,
  ];
}
