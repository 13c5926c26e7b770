/** Names of scripts and targets that say what they do. */
import type { Op, Shell } from '../types.ts';

const NAMED: readonly (readonly [RegExp, Op])[] = [
  [
    /(?:^|[:_-])(?:dry|dry-?run|notes|changelog|drafter|check|test|lint|build|preview|local|plan|diff|docs?|help|clean|dev)(?:$|[:_-])/,
    'read.file',
  ],
  [/(?:^|[:_-])(?:undeploy|destroy|teardown)(?:$|[:_-])/, 'deploy.destroy'],
  [/(?:^|[:_-])(?:deploy|rollout|ship)(?:$|[:_-])/, 'deploy.apply'],
  [/(?:^|[:_-])(?:publish|release)(?:$|[:_-])/, 'publish.package'],
  [/(?:^|[:_-])(?:db|database)[:_-]?(?:reset|drop|wipe|fresh)(?:$|[:_-])|^migrate[:_-](?:reset|fresh|down|rollback)/, 'migrate.reset'],
  [/(?:^|[:_-])(?:migrate|migrations?|migration[:_-]run)(?:$|[:_-](?!generate|create|make|new|status|diff))/, 'migrate.apply'],
];

/** The effect that a name announces. */
export function byName(name: string, shell: Shell): void {
  const row = NAMED.find(([pattern]) => pattern.test(name));
  if (row && row[1] !== 'read.file') shell.effect(row[1], name);
}
