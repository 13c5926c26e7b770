/** What holds for every command: wrapping, joining, quoting, renaming and damaging it never makes a verdict milder. */
import fc from 'fast-check';
import type { Judgement, Level } from '@vp/sdk';
import { describe, expect, it } from 'vitest';
import { defaultCharter } from '../../../plugins/charter/compile.ts';
import { createPolicy } from '../../../plugins/policy/assemble.ts';
import { higher } from '../../../plugins/policy/judge/join.ts';
import { readCorpus, readLife } from '../../corpora/read.ts';

const policy = createPolicy({
  machine: { env: (name) => (name === 'HOME' ? '/home/agent' : undefined), vpHome: '/home/agent/.local/state/vp', guarded: [] },
  charter: defaultCharter,
});
const judged = (command: string): Judgement => policy.judge({ tool: 'Bash', input: { command }, cwd: '/work/project' });
const verdict = (command: string): Level => judged(command).verdict;
const isAtLeast = (level: Level, other: Level): boolean => higher(level, other) === level;
const quoted = (command: string): string => `'${command.replaceAll("'", "'\\''")}'`;

/** Commands of one line, with nothing that only a whole script may hold. */
const plain = [
  'rm -rf /srv',
  'rm -rf build',
  'git push --force origin main',
  'git reset --hard',
  'npm publish',
  'kubectl apply -f x.yaml',
  'cat /home/agent/.ssh/id_rsa',
  'chmod u+s /bin/bash',
  'dd if=/dev/zero of=/dev/sda',
  'crontab -r',
  'npm test',
  'ls -la',
  'grep -rn rm src',
  'terraform destroy -auto-approve',
  'shutdown -h now',
  'vp approve 1',
];

/** Each runs the command that it is given. */
const WRAPPERS: readonly ((command: string) => string)[] = [
  (command) => `env ${command}`,
  (command) => `env A=1 ${command}`,
  (command) => `nohup ${command}`,
  (command) => `nice -n 5 ${command}`,
  (command) => `timeout 5 ${command}`,
  (command) => `timeout -k 1 5s ${command}`,
  (command) => `time ${command}`,
  (command) => `command ${command}`,
  (command) => `stdbuf -oL ${command}`,
  (command) => `setsid -w ${command}`,
  (command) => `ionice -c 3 ${command}`,
  (command) => `A=1 ${command}`,
  (command) => `xargs ${command}`,
  (command) => `bash -c ${quoted(command)}`,
  (command) => `sh -ec ${quoted(command)}`,
  (command) => `eval ${quoted(command)}`,
  (command) => `( ${command}\n)`,
  (command) => `{ ${command}\n}`,
  (command) => `if true; then ${command}\nfi`,
  (command) => `true && ${command}`,
  // `$((` would begin arithmetic, and a here-document ends only at the end of a line.
  (command) => `echo "$( ${command}\n)"`,
  (command) => `bash <<'EOT'\n${command}\nEOT`,
  (command) => `f() { ${command}\n}; f`,
];

/** Wrappers that take a simple command, and those that take any. */
const ANY = WRAPPERS.slice(13);
const wrapper = fc.tuple(fc.constantFrom(...WRAPPERS), fc.array(fc.constantFrom(...ANY), { maxLength: 2 }));

describe('a verdict', () => {
  it('is not lowered by a wrapper, nor by wrappers in wrappers', () => {
    fc.assert(
      fc.property(fc.constantFrom(...plain), wrapper, (command, [inner, outer]) => {
        const wrapped = outer.reduce((text, wrap) => wrap(text), inner(command));
        expect(isAtLeast(verdict(wrapped), verdict(command)), `${wrapped} is milder than ${command}`).toBe(true);
      }),
      { numRuns: 1_000 },
    );
  });

  it('of two commands is the higher of both', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...plain),
        fc.constantFrom(...plain),
        fc.constantFrom('; ', ' && ', ' || ', '\n', ' & '),
        (a, b, joined) => {
          expect(verdict(`${a}${joined}${b}`), `${a}${joined}${b}`).toBe(higher(verdict(a), verdict(b)));
        },
      ),
      { numRuns: 500 },
    );
  });

  it('is the same with every word quoted', () => {
    for (const command of plain) {
      const words = command.split(' ');
      expect(verdict(words.map((word) => `'${word}'`).join(' ')), command).toBe(verdict(command));
      expect(verdict(words.map((word) => `"${word}"`).join(' ')), command).toBe(verdict(command));
      expect(verdict(words.map((word) => `${word.slice(0, 1)}''${word.slice(1)}`).join(' ')), command).toBe(verdict(command));
    }
  });

  it('is the same whatever variables are called', () => {
    const names = fc.stringMatching(/^[a-z][a-z_]{3,8}$/);
    fc.assert(
      fc.property(fc.constantFrom(...plain), names, (command, name) => {
        const [program = '', ...rest] = command.split(' ');
        const text = (variable: string): string => `${variable}=${program}; $${variable} ${rest.join(' ')}`;
        expect(verdict(text(`v_${name}`))).toBe(verdict(text('x')));
      }),
      { numRuns: 300 },
    );
  });

  it('of 10,000 damaged commands is never allow where the text did not parse, and always there', () => {
    const commands = [...readCorpus('commands/public'), ...readCorpus('commands/own'), ...readLife()].map(({ command }) => command);
    const damage = fc.tuple(
      fc.constantFrom(...commands),
      fc.double({ min: 0, max: 1, noNaN: true }),
      fc.constantFrom('', ...'\'"`$(){}[]<>|&;\\\n #=*?~\u200b\r'.split('')),
      fc.nat(6),
    );
    fc.assert(
      fc.property(damage, ([command, place, inserted, removed]) => {
        const at = Math.floor(place * command.length);
        const text = command.slice(0, at) + inserted + command.slice(at + removed);
        const call = { tool: 'Bash', input: { command: text }, cwd: '/work/project' };
        const facts = policy.analyse(call);
        const { verdict: level } = policy.judge({ ...call, facts });
        expect(['allow', 'ask', 'deny']).toContain(level);
        if (facts.unknowns.some(({ what }) => what !== 'cwd')) expect(level, text).not.toBe('allow');
      }),
      { numRuns: 10_000 },
    );
  });
});
