/** Phrases about what leaves the workspace for good: releases, deployments, databases, containers. */
import type { PhraseRow } from './row.ts';

export const RELEASES: readonly PhraseRow[] = [
  {
    id: 'publish',
    phrases: [
      'publish',
      'publishing',
      'publication',
      'release',
      'publish package',
      'npm publish',
      'docker push',
      'cargo publish',
      'create release',
    ],
    meaning: 'publishing a package, an image or a release',
    covers: [{ kinds: ['publish'] }],
  },
  {
    id: 'deploy',
    phrases: [
      'deploy',
      'deployment',
      'deploying',
      'production deployment',
      'deploy to production',
      'production deploy',
      'production',
      'infrastructure changes',
      'terraform apply',
      'kubectl apply',
      'rollout',
    ],
    meaning: 'changing what runs somewhere else. Whether that is production cannot be told from a command, so any deployment counts',
    covers: [{ kinds: ['deploy'] }],
  },
  {
    id: 'migrate',
    phrases: ['migration', 'migrate', 'migrations', 'database migration', 'schema change', 'schema migration', 'run migrations'],
    meaning: 'changing the schema or the data of a database',
    covers: [{ kinds: ['migrate'] }],
  },
  {
    id: 'cloud-or-database',
    phrases: [
      'cloud or database mutation',
      'cloud mutation',
      'database mutation',
      'database changes',
      'delete database',
      'drop database',
      'database deletion',
      'drop table',
    ],
    meaning: 'changing cloud resources or a database',
    covers: [{ kinds: ['deploy', 'migrate'] }],
  },
  {
    id: 'container.remove',
    phrases: ['container state removal', 'remove containers', 'remove volumes', 'docker prune', 'docker system prune', 'delete containers'],
    meaning: 'removing containers, images or volumes',
    covers: [{ ops: ['container.remove', 'container.volume-remove'] }],
  },
  {
    id: 'container',
    phrases: ['containers', 'docker', 'privileged container', 'host mounts'],
    meaning: 'containers with rights over this machine, and the removal of their state',
    covers: [{ kinds: ['container'] }],
  },
];
