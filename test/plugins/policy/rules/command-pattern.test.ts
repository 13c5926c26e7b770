/** Commands of a charter, compared with what would run. */
import { describe, expect, it } from 'vitest';
import { commandFits, patternOf } from '../../../../plugins/policy/rules/command-pattern.ts';
import { globFits } from '../../../../plugins/policy/rules/glob.ts';
import { simple } from '../support.ts';

const fits = (pattern: string, command: string, part = {}): boolean => commandFits(patternOf(pattern), simple(command, part));

describe('a command in a charter', () => {
  it.each([
    ['git push --force', 'git push --force'],
    ['git push --force', 'git push origin main --force'],
    ['git push --force', 'git push -f'],
    ['git push --force', 'git push --forc'],
    ['git push -f', 'git push --force origin'],
    ['git push --force', 'git -C /x push -uf'],
    ['rm -rf /', 'rm -r -f /'],
    ['rm -rf /', 'rm --recursive --force /'],
    ['rm -rf /', 'rm -fR /'],
    ['kubectl delete', 'kubectl -n prod delete pod x'],
    ['mkfs.*', 'mkfs.ext4 /dev/sdb1'],
    ['sudo', 'sudo -n true'],
    ['npm publish', 'npm publish --access public'],
    ['npm run deploy:*', 'npm run deploy:prod'],
  ])('%s means %s', (pattern, command) => {
    expect(fits(pattern, command)).toBe(true);
  });

  it.each([
    ['git push --force', 'git push'],
    ['git push', 'git log push'],
    ['rm -rf /', 'rm -rf build'],
    ['rm -rf /', 'rm /'],
    ['mkfs.*', 'mkfs'],
    ['sudo', 'sudo --help'],
    ['sudo', 'pseudo x'],
    ['npm publish', 'npm run publish-docs'],
    ['git push --force', 'echo git push --force'],
  ])('%s does not mean %s', (pattern, command) => {
    expect(fits(pattern, command)).toBe(false);
  });

  it('is found in a wrapper that was seen through', () => {
    expect(fits('sudo', 'apt-get install x', { via: ['bash -c', '/usr/bin/sudo'] })).toBe(true);
    expect(fits('sudo', 'apt-get install x', { via: ['bash -c'] })).toBe(false);
  });

  it('takes a word that cannot be told for one that may be meant', () => {
    expect(fits('git push --force', '', { name: 'git', argv: ['git', 'push', null] })).toBe(true);
    expect(fits('git push', '', { name: 'git', argv: ['git', null] })).toBe(true);
    expect(fits('git push', '', { name: null, argv: [null, 'push'] })).toBe(false);
  });
});

describe('a star', () => {
  it.each([
    ['*', '', true],
    ['a*c', 'abc', true],
    ['a*c', 'ac', true],
    ['a*bc*bc', 'abcbc', true],
    ['ab*ba', 'aba', false],
    ['*/.git/*', '/x/.git/config', true],
    ['*/.git', '/x/.gitignore', false],
    ['a', 'ab', false],
  ])('%s and %s: %s', (glob, text, expected) => {
    expect(globFits(glob, text)).toBe(expected);
  });
});
