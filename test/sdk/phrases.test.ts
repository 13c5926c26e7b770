/** The published table of phrases covers what the documents say, and is sound in itself. */
import { describe, expect, it } from 'vitest';
import { fold, meaningOf, nearestPhrase, PHRASES } from '../../sdk/phrases.ts';
import { OPS } from '../../plugins/policy/tables/ops.ts';

/** Every phrase of the older documents, by the document and the list that it stands in. */
const PUBLISHED = {
  'daemon readme, forbiddenCommands': ['rm -rf /', 'git push --force'],
  'daemon readme, requiredApprovals': ['deploy', 'publish', 'migration'],
  'package readme, autoApprove': ['Read file operations', 'Run test suites'],
  'package readme, alwaysReject': ['rm -rf /', 'Force push to main'],
  'package readme, escalate': ['Production deployments'],
  'audit, autoApprove': ['internal_team_communication'],
  'audit, requireConfirmation': ['external_api_calls', 'resource_deletion'],
  'audit, alwaysReject': ['credentials_sharing', 'system_shutdown'],
  'corpus charter, forbiddenPatterns': [
    'delete.outsideWorkspace',
    'delete.workspaceRoot (deny or ask)',
    'git.forcePush (incl. --force-with-lease, +ref, --mirror, --prune, remote branch delete)',
    'git.discard (reset --hard/--merge, clean -f, checkout -f / -- paths / ., restore worktree, switch --discard-changes, branch -D, stash drop/clear, worktree remove --force)',
    'git.historyRewrite (filter-branch, filter-repo, reflog expire, gc --prune=now, update-ref -d)',
    'disk.rawDeviceWrite',
    'proc.killAll',
    'proc.forkBomb',
    'perms.recursiveOutside / setuid',
    'remote.codeIntoInterpreter',
    'secret.read (ssh, aws, kube, gh, netrc, npmrc, /proc/*/environ)',
    'secret.exfiltrate',
    'persist.shellRc / cron / systemd / authorized_keys / git hooks',
    'guard.tamper (.claude/**, .vp/**, kernel process, bypass env vars, --dangerously-skip-permissions)',
  ],
  'corpus charter, requiredApprovals': [
    'publish (npm/yarn/cargo/twine/docker push/gh release)',
    'deploy (kubectl apply, helm upgrade, terraform apply, vercel --prod, fly deploy, *:deploy scripts)',
    'migration (prisma/alembic/knex/rails)',
    'cloud or database mutation',
    'container state removal',
    'git push (plain; not in corpus)',
    'new git remote / git config that runs programs',
    'rebase, --no-verify',
  ],
  'corpus charter, autoApprove': [
    'read inside workspace',
    'test',
    'build',
    'lint/format',
    'edit inside workspace',
    'delete inside workspace (not root, not .git)',
    'non-destructive git',
    'requests to localhost',
  ],
  'corpus charter, alwaysReject': ['guard.tamper', 'disk.rawDeviceWrite', 'privilege escalation'],
  'corpus charter, escalate': [
    'unparsed or dynamic command',
    'unknown target of delete/write',
    'opaque code into an interpreter or shell',
    'network to non-local hosts',
    'nested agent',
  ],
};

const ids = (entry: string): readonly string[] | undefined => meaningOf(entry)?.ids;

describe('the table of phrases', () => {
  it.each(Object.entries(PUBLISHED))('covers every phrase of the %s', (_where, phrases) => {
    expect(phrases.filter((phrase) => meaningOf(phrase) === undefined)).toEqual([]);
  });

  it('says one thing for one phrase', () => {
    const rows = new Map<string, string>();
    for (const { id, phrases } of PHRASES) {
      for (const phrase of [id, ...phrases]) {
        expect(`${fold(phrase)} = ${rows.get(fold(phrase)) ?? id}`).toBe(`${fold(phrase)} = ${id}`);
        rows.set(fold(phrase), id);
      }
    }
  });

  it('names only operations that the analysis knows', () => {
    const ops = PHRASES.flatMap(({ covers }) => covers.flatMap(({ ops: some = [] }) => some));
    expect(ops.filter((op) => !Object.hasOwn(OPS, op))).toEqual([]);
  });

  it('gives every kind of effect a phrase', () => {
    const kinds = new Set(
      PHRASES.flatMap(({ covers }) => covers.flatMap(({ kinds: some = [], ops = [] }) => [...some, ...ops.map((op) => op.split('.')[0])])),
    );
    expect(Object.keys(OPS).filter((op) => !kinds.has(op.split('.')[0]))).toEqual([]);
  });
});

describe('a phrase', () => {
  it.each([
    ['resource_deletion', 'delete'],
    ['Resource Deletions', 'delete'],
    ['resourceDeletion', 'delete'],
    ['Force push to main', 'git.force-push-main'],
    ['the force pushes', undefined],
    ['Production deployments', 'deploy'],
    ['Run the test suites', 'test'],
    ['publish (everything)', 'publish'],
  ])('written %s means %s', (written, id) => {
    expect(ids(written)?.[0]).toBe(id);
  });

  it('may be several, each of which must be known', () => {
    expect(ids('rebase, --no-verify')).toEqual(['git.rebase', 'git.hooks-skip']);
    expect(ids('deploy or publish')).toEqual(['deploy', 'publish']);
    expect(ids('deploy, dance')).toBeUndefined();
  });

  it('may be a command', () => {
    expect(meaningOf('$ make release')).toEqual({ ids: ['command'], matches: [{ command: 'make release' }] });
    expect(meaningOf('$')).toBeUndefined();
  });

  it('outside the table has a nearest one, if any is like it', () => {
    expect(nearestPhrase('publsh')).toBe('publish');
    expect(nearestPhrase('force-pushing to main')).toBe('force push to main');
    expect(nearestPhrase('xyzzy')).toBeUndefined();
    expect(nearestPhrase('')).toBeUndefined();
  });
});
