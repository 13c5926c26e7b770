/** Phrases about VP itself and what runs later by itself. */
import type { PhraseRow } from './row.ts';

export const GUARD: readonly PhraseRow[] = [
  {
    id: 'guard.tamper',
    phrases: ['guard.tamper', 'tamper with the guard', 'self-protection', 'change agent settings', 'bypass permissions', 'disable safety'],
    meaning: 'touching VP, its charters and plugins, or the settings of the agent',
    covers: [{ kinds: ['guard'] }],
  },
  {
    id: 'guard.persistence',
    phrases: [
      'persist.shellRc',
      'persistence',
      'cron',
      'systemd',
      'authorized_keys',
      'git hooks',
      'shell rc',
      'scheduled jobs',
      'startup files',
      'persist.shellRc / cron / systemd / authorized_keys / git hooks',
    ],
    meaning: 'what makes something run later by itself',
    covers: [{ ops: ['guard.persist'] }],
  },
];
