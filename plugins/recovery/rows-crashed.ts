/** Ends by a signal, or that nobody saw: from the particular to the general. */
import { clue, NO_MEMORY, type Row } from './row.ts';

const { oomKilled, signal, stderr, text } = clue;

export const CRASHED: readonly Row[] = [
  {
    type: 'oom',
    strategy: 'delayed',
    clues: [oomKilled(0.85), stderr(NO_MEMORY), signal(/^SIGKILL$/, 0.3)],
    cause: 'The machine or the process ran out of memory.',
    fixes: ['Run fewer sessions at the same time.', 'Give the machine, the container or the service more memory.', 'Split the task.'],
  },
  {
    type: 'segfault',
    strategy: 'immediate',
    clues: [signal(/^SIG(SEGV|BUS|ILL|ABRT|TRAP|FPE|SYS)$/, 0.95), stderr(/segmentation fault|\bpanic\b/i, 0.4)],
    cause: "The agent's program broke down by a fault of its own.",
    fixes: ['Update Claude Code, or go back to a version that worked.', 'Report it with the crash dump.'],
  },
  {
    type: 'killed',
    strategy: 'immediate',
    clues: [signal(/^SIG/)],
    cause: 'Something outside VP ended the agent by a signal.',
    fixes: ['Find what ended it: a shutdown, an administrator, a supervisor of processes.'],
  },
  {
    type: 'killed',
    strategy: 'immediate',
    clues: [text(/holder had ended/, 0.6)],
    cause: 'The agent is gone and nobody saw how it ended, as after a restart of the machine.',
    fixes: ['If the machine was not restarted, find what ends processes on it.'],
  },
];

/** What is said where no row fits. */
export const UNKNOWN: Omit<Row, 'clues'> = {
  type: 'unknown',
  strategy: 'delayed',
  cause: 'Why it ended is not known.',
  fixes: ['Look at the last output (`vp session logs ID`) and at the crash dump.'],
};
