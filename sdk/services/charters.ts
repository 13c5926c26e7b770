/** The service `charters`: from a charter file to what a session is started with. */
import { defineService, type ServiceRef } from '../service.ts';

/** A charter in its one normal form, whatever spelling the file used. */
export interface Charter {
  /** The orchestrator's name. */
  readonly name: string;
  readonly role: string;
  readonly tier: number;
  readonly identity: {
    readonly name: string;
    readonly email?: string;
    readonly role?: string;
    readonly description?: string;
    readonly personality?: string;
  };
  readonly capabilities: readonly string[];
  readonly responsibilities: readonly string[];
  readonly objectives: readonly string[];
  readonly constraints: {
    readonly forbiddenCommands: readonly string[];
    /** Phrases of the table of `@vp/sdk/phrases`, and regular expressions as `/source/flags`. */
    readonly forbiddenPatterns: readonly string[];
    readonly requiredApprovals: readonly string[];
    readonly autoApprove: readonly string[];
    readonly requireConfirmation: readonly string[];
    readonly alwaysReject: readonly string[];
    readonly escalate: readonly string[];
    /** What the rules must fit and what not; absent where no rule carries examples. */
    readonly examples?: readonly CharterExample[];
  };
  readonly resources: {
    readonly maxSessions?: number;
    readonly maxTokens?: number;
    /** Wall-clock milliseconds of one session. */
    readonly maxExecutionTime?: number;
    readonly maxConcurrentTasks?: number;
    readonly maxTurns?: number;
    readonly maxCostUsd?: number;
    /** Names of tools, as the agent spells them; absent = all. */
    readonly allowedTools?: readonly string[];
    readonly tokenBudget: { readonly hourly?: number; readonly daily?: number; readonly subscription?: string; readonly api?: string };
  };
  readonly operational: {
    readonly model?: string;
    readonly temperature?: number;
    readonly maxRetries?: number;
    /** Wall-clock milliseconds; `resources.maxExecutionTime` wins where both are given. */
    readonly timeout?: number;
    /** Environment variables to let through, as names or `PREFIX_*`. */
    readonly env: readonly string[];
    /** Let the project's own hooks, settings and MCP servers run. */
    readonly trustProject: boolean;
    /** Let the agent use the user's SSH agent. */
    readonly sshAgent: boolean;
  };
}

/** Examples of one rule: commands that it must fit, and commands that it must not fit. */
export interface CharterExample {
  /** The rule's place, such as `constraints.forbiddenCommands[1]`. */
  readonly source: string;
  readonly match: readonly string[];
  readonly notMatch: readonly string[];
}

/** A charter that is in force. */
export interface CompiledCharter {
  /** The file's absolute path, or `default`. */
  readonly id: string;
  /** SHA-256 of the normal form, hexadecimal. */
  readonly hash: string;
  readonly charter: Charter;
}

/** Methods of the service. */
export interface Charters {
  /**
   * Loads a charter, watches its file and gives its normal form. Without a file: the built-in `default`.
   * @throws VP_CHARTER_INVALID with file, line and path of each problem.
   */
  resolve(file?: string): Promise<CompiledCharter>;
  /** The version in force now: the last good one where a later edit was invalid. */
  current(id: string): CompiledCharter | undefined;
  /** The session's CLAUDE.md, in Markdown. */
  instructions(id: string, context: { task: string; cwd: string; memory?: string; project?: string }): string;
}

/** Events of the service. */
export interface CharterEvents {
  changed: CompiledCharter;
  rejected: { readonly id: string; readonly problems: readonly string[] };
}

export const charters: ServiceRef<Charters, CharterEvents> = defineService<Charters, CharterEvents>('charters', {
  version: 1,
  methods: {
    resolve: { remote: true, params: [{ type: 'string', minLength: 1 }], required: 0 },
    current: { remote: true, params: [{ type: 'string', minLength: 1 }] },
    instructions: {},
  },
  events: ['changed', 'rejected'],
});
