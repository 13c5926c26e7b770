/** Phrases about git. */
import type { PhraseRow } from './row.ts';
import { commands, FORCED, MAIN } from './shared.ts';

export const GIT: readonly PhraseRow[] = [
  {
    id: 'git.force-push',
    phrases: [
      'force push',
      'forced push',
      'git push --force',
      'git push -f',
      'git push --force-with-lease',
      'git.forcePush',
      'delete remote branch',
    ],
    meaning: 'overwriting or deleting branches of a remote, whatever the spelling',
    covers: [{ ops: FORCED }],
  },
  {
    id: 'git.force-push-main',
    phrases: ['force push to main', 'force push to master', 'git push --force origin main', 'git push --force origin master'],
    meaning: 'a forced push to main or master, or to a branch that cannot be told',
    covers: [{ ops: FORCED, targets: MAIN }],
  },
  {
    id: 'git.push',
    phrases: ['git push', 'push', 'push to remote'],
    meaning: 'any push to a remote',
    covers: [{ ops: ['git.push', ...FORCED] }],
  },
  {
    id: 'git.push-main',
    phrases: ['push to main', 'push to master', 'git push origin main', 'git push origin master'],
    meaning: 'any push to main or master, or to a branch that cannot be told',
    covers: [{ ops: ['git.push', ...FORCED], targets: MAIN }],
  },
  {
    id: 'git.discard',
    phrases: [
      'discard work',
      'discard changes',
      'discard uncommitted changes',
      'git reset --hard',
      'git clean -fd',
      'git checkout .',
      'lose work',
    ],
    meaning: 'throwing away uncommitted changes, stashes, work trees or unmerged branches',
    covers: [{ ops: ['git.discard'] }],
  },
  {
    id: 'git.history-rewrite',
    phrases: ['rewrite history', 'history rewrite', 'git filter-branch', 'git.history'],
    meaning: 'rewriting or purging the history of a repository',
    covers: [{ ops: ['git.history'] }],
  },
  {
    id: 'git.rebase',
    phrases: ['rebase', 'git rebase'],
    meaning: 'a rebase',
    covers: [{ ops: ['git.rebase'] }],
  },
  {
    id: 'git.hooks-skip',
    phrases: ['no verify', '--no-verify', 'skip hooks', 'git commit --no-verify'],
    meaning: 'going past the hooks of a repository',
    covers: [{ ops: ['git.hooks-skip'] }],
  },
  {
    id: 'git.config',
    phrases: ['git config', 'git config that runs programs', 'change git config', 'git.remote', 'new git remote', 'git remote add'],
    meaning: 'settings of git that run programs, and new remotes',
    covers: [{ ops: ['git.config', 'git.remote'] }],
  },
  {
    id: 'git.commit',
    phrases: ['commit', 'git commit', 'commits'],
    meaning: 'a commit',
    covers: [{ ops: ['git.commit'] }],
  },
  {
    id: 'git.safe',
    phrases: ['non-destructive git', 'safe git', 'git', 'git operations'],
    meaning: 'work with git that loses nothing and reaches no remote',
    covers: [
      { ops: ['git.commit'] },
      ...commands('git status', 'git log', 'git diff', 'git show', 'git add', 'git fetch', 'git merge', 'git switch', 'git tag'),
    ],
  },
];
