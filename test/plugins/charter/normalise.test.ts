import { describe, expect, it } from 'vitest';
import { hashOf } from '../../../plugins/charter/hash.ts';
import { normalise } from '../../../plugins/charter/normalise.ts';
import { normalPattern } from '../../../plugins/charter/pattern.ts';

const daemonSpelling = {
  identity: { name: 'Engineering VP', email: 'orchestrator-eng@company.com', role: 'Senior Software Engineer' },
  objectives: ['Implement features with comprehensive tests'],
  constraints: {
    forbiddenCommands: ['rm -rf /', 'git push --force'],
    forbiddenPatterns: [/production/i, /delete.*database/i],
    requiredApprovals: ['deploy', 'publish', 'migration'],
  },
  resources: { maxTokens: 200_000, maxExecutionTime: 1_800_000, allowedTools: ['read', 'write', 'edit', 'bash', 'grep', 'glob'] },
};

const packageSpelling = {
  name: 'orchestrator-supervisor',
  role: 'Tier1-Orchestrator',
  tier: 1,
  identity: { name: 'Orchestrator', email: 'orchestrator@example.com' },
  responsibilities: ['triage_requests'],
  resourceLimits: {
    maxSessions: 10,
    maxConcurrentTasks: 3,
    maxTokensPerSession: 5,
    tokenBudget: { subscription: '80%', api: '20%', hourly: 10, daily: 100 },
  },
  safetyHeuristics: {
    autoApprove: ['Run test suites'],
    requireConfirmation: ['external_api_calls'],
    alwaysReject: ['rm -rf /', 'Force push to main'],
    escalate: ['Production deployments'],
  },
  operationalSettings: { defaultModel: 'sonnet', temperature: 0.2, maxRetries: 3, timeout: 60_000 },
};

function charterOf(input: unknown) {
  const { charter, problems } = normalise(input);
  expect(problems).toBeUndefined();
  if (!charter) throw new Error('no charter');
  return charter;
}

function problemsOf(input: unknown) {
  const { problems = [] } = normalise(input);
  return problems.map(({ path, expected }) => `${path}: ${expected}`);
}

describe('a charter in its normal form', () => {
  it('comes from the spelling of the daemon documents', () => {
    const charter = charterOf(daemonSpelling);
    expect(charter).toMatchObject({
      name: 'Engineering VP',
      role: 'Senior Software Engineer',
      tier: 1,
      constraints: {
        forbiddenCommands: ['rm -rf /', 'git push --force'],
        forbiddenPatterns: ['/production/i', '/delete.*database/i'],
        alwaysReject: [],
      },
      resources: {
        maxTokens: 200_000,
        maxExecutionTime: 1_800_000,
        allowedTools: ['Read', 'Write', 'Edit', 'Bash', 'Grep', 'Glob'],
        tokenBudget: {},
      },
      operational: { env: [], trustProject: false, sshAgent: false },
    });
  });

  it('comes from the spelling of the package documents', () => {
    expect(charterOf(packageSpelling)).toMatchObject({
      name: 'orchestrator-supervisor',
      role: 'Tier1-Orchestrator',
      identity: { name: 'Orchestrator' },
      constraints: {
        autoApprove: ['Run test suites'],
        alwaysReject: ['rm -rf /', 'Force push to main'],
        escalate: ['Production deployments'],
      },
      resources: {
        maxSessions: 10,
        maxConcurrentTasks: 3,
        maxTokens: 5,
        tokenBudget: { subscription: '80%', api: '20%', hourly: 10, daily: 100 },
      },
      operational: { model: 'sonnet', temperature: 0.2, maxRetries: 3, timeout: 60_000 },
    });
  });

  it('is the same for two spellings of one charter', () => {
    const one = charterOf({
      name: 'a',
      resources: { maxTokens: 5 },
      operational: { model: 'x', trustProject: true },
      constraints: { escalate: ['deploy'] },
    });
    const other = charterOf({
      trustProject: true,
      safetyHeuristics: { escalate: ['deploy'] },
      operationalSettings: { defaultModel: 'x' },
      resourceLimits: { maxTokensPerSession: 5 },
      name: 'a',
    });
    expect(hashOf(other)).toBe(hashOf(one));
  });

  it('cannot be changed', () => {
    const charter = charterOf(daemonSpelling);
    expect(() => (charter.constraints.forbiddenCommands as string[]).pop()).toThrow(TypeError);
  });
});

describe('a charter that is refused', () => {
  it('names both spellings where they differ, and accepts both where they agree', () => {
    expect(problemsOf({ name: 'a', resources: { maxTokens: 5 }, resourceLimits: { maxTokensPerSession: 6 } })).toEqual([
      '/resourceLimits/maxTokensPerSession: 5, as /resources/maxTokens says (two spellings of one setting)',
    ]);
    expect(problemsOf({ name: 'a', env: ['A'], operational: { env: ['A'] } })).toEqual([]);
  });

  it('has an unknown key, at any depth', () => {
    const [problem] = problemsOf({ name: 'a', constraints: { forbidenCommands: ['x'] } });
    expect(problem).toMatch(/^\/constraints\/forbidenCommands: one of the keys forbiddenCommands, /);
    expect(problemsOf({ name: 'a', ['__proto__x']: 1 })[0]).toMatch(/^\/__proto__x: /);
  });

  it('has no name', () => {
    expect(problemsOf({})).toEqual(['/name: a name, here or as /identity/name']);
  });

  it('has a regular expression that is none', () => {
    expect(problemsOf({ name: 'a', constraints: { forbiddenPatterns: ['/ok/', '/(/i'] } })[0]).toMatch(
      /^\/constraints\/forbiddenPatterns\/1: a regular expression \(/,
    );
  });
});

describe('a rule', () => {
  const found = (constraints: object): string[] => problemsOf({ name: 'a', constraints });

  it('that is a phrase outside the table is refused with the nearest one', () => {
    expect(found({ requiredApprovals: ['deploy', 'publsh'] })).toEqual([
      expect.stringMatching(
        /^\/constraints\/requiredApprovals\/1: a phrase of the table, such as "publish", or a command as `\$ make release`/,
      ),
    ]);
    expect(problemsOf({ name: 'a', safetyHeuristics: { alwaysReject: ['be evil'] } })[0]).toMatch(/^\/safetyHeuristics\/alwaysReject\/0: /);
  });

  it('of forbiddenPatterns is a phrase or an expression between slashes', () => {
    expect(found({ forbiddenPatterns: ['force push', '/production/i'] })).toEqual([]);
    expect(found({ forbiddenPatterns: ['producton'] })[0]).toContain('or a regular expression as `/source/`');
  });

  it('may be a command, without remarks', () => {
    expect(found({ requiredApprovals: ['$ make release'], forbiddenCommands: ['git push --force', 'mkfs.*'] })).toEqual([]);
    expect(found({ forbiddenCommands: ['crontab (except -l)'] })[0]).toMatch(/^\/constraints\/forbiddenCommands\/0: a command/);
  });

  it('may carry examples, which are kept beside it', () => {
    const { charter } = normalise({
      name: 'a',
      constraints: {
        forbiddenCommands: ['x', { rule: 'terraform destroy', match: ['terraform destroy -auto-approve'], notMatch: ['terraform plan'] }],
      },
    });
    expect(charter?.constraints.forbiddenCommands).toEqual(['x', 'terraform destroy']);
    expect(charter?.constraints.examples).toEqual([
      { source: 'constraints.forbiddenCommands[1]', match: ['terraform destroy -auto-approve'], notMatch: ['terraform plan'] },
    ]);
    expect(found({ forbiddenCommands: [{ rule: 'x', matches: [] }] })[0]).toContain('/constraints/forbiddenCommands/0');
  });
});

describe('a regular expression', () => {
  it.each([
    ['/production/i', '/production/i'],
    ['/a\\/b/', '/a\\/b/'],
    ['/x/giy', '/x/i'],
    ['/[/]/s', '/[/]/s'],
  ])('written %s means %s', (written, meant) => {
    expect(normalPattern(written)).toBe(meant);
    expect(normalPattern(meant)).toBe(meant);
  });
});
