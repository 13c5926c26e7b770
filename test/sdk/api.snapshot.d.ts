// What @vp/sdk declares. Written by `npm run api`; `npm run check` compares. A removal or a narrowing is a breaking change.

// schemas/generated/charter.d.ts
export type CharterRule = string | {
    readonly rule: string | RegExp;
    readonly match?: readonly string[];
    readonly notMatch?: readonly string[];
};
export interface CharterInput {
    $schema?: string;
    name?: string;
    role?: string;
    tier?: number;
    identity?: CharterIdentity;
    capabilities?: readonly string[];
    responsibilities?: readonly string[];
    objectives?: readonly string[];
    constraints?: CharterConstraints;
    safetyHeuristics?: CharterHeuristics;
    resources?: CharterResources;
    resourceLimits?: CharterResources;
    operational?: CharterOperational;
    operationalSettings?: CharterOperational;
    env?: readonly string[];
    trustProject?: boolean;
    sshAgent?: boolean;
}
export interface CharterIdentity {
    name?: string;
    email?: string;
    role?: string;
    description?: string;
    personality?: string;
}
export interface CharterConstraints {
    forbiddenCommands?: readonly CharterRule[];
    forbiddenPatterns?: readonly (RegExp | CharterRule)[];
    requiredApprovals?: readonly CharterRule[];
    autoApprove?: readonly CharterRule[];
    requireConfirmation?: readonly CharterRule[];
    alwaysReject?: readonly CharterRule[];
    escalate?: readonly CharterRule[];
}
export interface CharterHeuristics {
    autoApprove?: readonly CharterRule[];
    requireConfirmation?: readonly CharterRule[];
    alwaysReject?: readonly CharterRule[];
    escalate?: readonly CharterRule[];
}
export interface CharterResources {
    maxSessions?: number;
    maxConcurrentTasks?: number;
    maxTokens?: number;
    maxTokensPerSession?: number;
    maxExecutionTime?: number;
    maxTurns?: number;
    maxCostUsd?: number;
    allowedTools?: readonly string[];
    tokenBudget?: CharterTokenBudget;
}
export interface CharterTokenBudget {
    hourly?: number;
    daily?: number;
    subscription?: string;
    api?: string;
}
export interface CharterOperational {
    model?: string;
    defaultModel?: string;
    temperature?: number;
    maxRetries?: number;
    timeout?: number;
    env?: readonly string[];
    trustProject?: boolean;
    sshAgent?: boolean;
}

// schemas/generated/config.d.ts
export type PluginEntry = (string | readonly [string, PluginOptions] | PluginEntryObject);
export type Milliseconds = number;
export type LogLevel = ("trace" | "debug" | "info" | "warn" | "error" | "fatal" | "silent");
export interface VpConfig {
    $schema?: string;
    plugins?: PluginEntry[];
    required?: string[];
    deadlines?: Deadlines;
    reload?: ReloadOptions;
    log?: LogOptions;
    health?: HealthOptions;
}
export interface PluginEntryObject {
    use: string;
    config?: PluginOptions;
    trust?: ("kernel" | "sandbox");
    grant?: import('./manifest.ts').Permissions;
    limits?: SandboxLimits;
    shadow?: boolean;
    enabled?: boolean;
}
export interface PluginOptions {
    [k: string]: unknown;
}
export interface SandboxLimits {
    isolateMb?: number;
    processMb?: number;
    loadMs?: number;
    sliceMs?: number;
    cpuMs?: number;
    messageBytes?: number;
    payloadBytes?: number;
    messages?: number;
    logLines?: number;
    inFlight?: number;
    timers?: number;
    kvBytes?: number;
    bodyBytes?: number;
    fetchMs?: number;
    queuedEvents?: number;
}
export interface Deadlines {
    "pre-spawn"?: Milliseconds;
    "pre-command"?: Milliseconds;
    "budget-check"?: Milliseconds;
    "on-crash"?: Milliseconds;
    setup?: Milliseconds;
    drain?: Milliseconds;
    dispose?: Milliseconds;
}
export interface ReloadOptions {
    watch?: boolean;
    auto?: ("outside-workspaces" | "never");
    debounceMs?: number;
}
export interface LogOptions {
    level?: LogLevel;
    levels?: {
        [k: string]: LogLevel;
    };
    redact?: string[];
    rotate?: {
        sizeMb?: number;
        files?: number;
    };
}
export interface HealthOptions {
    heartbeatMs?: number;
}

// schemas/generated/hooks.d.ts
export type Priority = ("critical" | "high" | "medium" | "low");
export type SessionState = ("queued" | "initializing" | "running" | "waiting" | "completed" | "failed" | "crashed" | "timeout" | "terminated");
export type EffectKind = ("delete" | "write" | "read" | "exec" | "net" | "git" | "publish" | "deploy" | "migrate" | "privilege" | "process" | "container" | "secret" | "guard");
export interface HookPayloads {
}
export interface SessionInfo {
    id: string;
    orchestrator: string;
    cwd: string;
    charterHash: string;
    charter?: string;
}
export interface Usage {
    inputTokens: number;
    outputTokens: number;
    cacheReadTokens: number;
    cacheCreationTokens: number;
}
export interface SpawnSpec {
    id: string;
    at: number;
    session: SessionInfo;
    type: ("claude-code" | "claude-flow" | "command");
    prompt: string;
    priority: Priority;
    attended: boolean;
    model?: string;
    labels: {
        [k: string]: string;
    };
    env: {
        [k: string]: string;
    };
    limits: SpawnLimits;
    argv?: string[];
}
export interface SpawnLimits {
    timeoutMs?: number;
    maxTurns?: number;
    maxCostUsd?: number;
}
export interface SpawnChange {
    prompt?: string;
    addPrompt?: string;
    priority?: Priority;
    model?: string;
    labels?: {
        [k: string]: string;
    };
    env?: {
        [k: string]: string;
    };
    limits?: SpawnLimits;
}
export interface Span {
    start: number;
    end: number;
}
export interface Effect {
    kind: EffectKind;
    op: string;
    target: (string | null);
    scope?: ("workspace" | "root" | "temp" | "home" | "system" | "outside" | "device" | "unknown");
    certain: boolean;
    words: string;
    command?: number;
    span?: Span;
}
export interface SimpleCommand {
    name: (string | null);
    argv: (string | null)[];
    cwd: (string | null);
    via: string[];
    span?: Span;
}
export interface Facts {
    effects: Effect[];
    commands: SimpleCommand[];
    unknowns: {
        what: ("unparsed" | "too-large" | "too-deep" | "command-word" | "target" | "script" | "hidden-characters" | "shape" | "tool" | "cwd");
        why: string;
        span?: Span;
    }[];
}
export interface PreCommandCall {
    id: string;
    at: number;
    session: SessionInfo;
    tool: string;
    input: {
        [k: string]: unknown;
    };
    agentId?: string;
    cwd?: string;
    facts?: Facts;
}
export interface PostCommandCall {
    id: string;
    at: number;
    session: SessionInfo;
    tool: string;
    input: {
        [k: string]: unknown;
    };
    isError: boolean;
    output: string;
}
export interface BudgetQuestion {
    at: number;
    session: SessionInfo;
    moment: ("spawn" | "tool");
    usage: Usage;
    costUsd: number;
}
export interface CrashReport {
    at: number;
    session: SessionInfo;
    exitCode: (number | null);
    signal: (string | null);
    attempt: number;
    stderrTail: string;
    lastEventId: (string | null);
    state?: ("crashed" | "failed");
    mode?: ("first" | "resume" | "anew");
    reason?: (string | null);
    apiStatus?: (number | null);
    crashType?: string;
    rootCause?: string;
    confidence?: number;
    strategy?: ("immediate" | "delayed" | "manual");
    retries?: number;
}
export interface RecoveryPlan {
    strategy: ("immediate" | "delayed" | "manual");
    delayMs?: number;
    reason: string;
}
export interface SessionStart {
    at: number;
    session: SessionInfo;
    pid: number;
    adopted: boolean;
}
export interface SessionEnd {
    at: number;
    session: SessionInfo;
    state: SessionState;
    exitCode: (number | null);
    signal: (string | null);
    result: (string | null);
    usage: Usage;
    costUsd: (number | null);
}
export interface OutputBatch {
    session: SessionInfo;
    events: AgentEvent[];
    replayed: boolean;
}
export interface AgentEvent {
    id: string;
    at: number;
    type: ("ready" | "text" | "thinking" | "tool-call" | "tool-result" | "retry" | "rate-limit" | "usage" | "result" | "status" | "stderr" | "lost" | "other");
    text?: string;
    toolUseId?: string;
    tool?: string;
    input?: {
        [k: string]: unknown;
    };
    isError?: boolean;
    parentToolUseId?: string;
    agentSessionId?: string;
    model?: string;
    version?: string;
    tools?: string[];
    subtype?: string;
    usage?: Usage;
    costUsd?: number;
    turns?: number;
    durationMs?: number;
    attempt?: number;
    maxRetries?: number;
    delayMs?: number;
    status?: (number | null);
    error?: string;
    resetsAt?: number;
}

// schemas/generated/manifest.d.ts
export type HookName = ("pre-spawn" | "on-output" | "on-crash" | "pre-command" | "budget-check" | "session-start" | "session-end" | "pre-edit" | "post-edit" | "post-command");
export type ServiceName = string;
export interface PluginManifest {
    $schema?: string;
    name: string;
    version?: string;
    description?: string;
    entry?: string;
    fires?: HookName[];
    provides?: ServiceName[];
    needs?: ServiceName[];
    wants?: ServiceName[];
    discovers?: boolean;
    offline?: {
        [k: string]: string;
    };
    reload?: ("swap" | "restart");
    config?: {};
    env?: {
        [k: string]: string;
    };
    sdk?: string;
    permissions?: Permissions;
    optionalPermissions?: Permissions;
    checks?: string;
    commands?: Command[];
}
export interface Permissions {
    hooks?: HookName[];
    fs?: {
        read?: string[];
        write?: string[];
    };
    net?: string[];
    env?: string[];
    kv?: boolean;
    services?: string[];
    timers?: boolean;
    log?: boolean;
}
export interface Command {
    name: string;
    summary: string;
    module: string;
    kernel?: ("none" | "running" | "join");
    mutates?: boolean;
    arguments?: {
        name: string;
        summary: string;
        optional?: boolean;
    }[];
    options?: {
        flags: string;
        summary: string;
        choices?: string[];
    }[];
}

// schemas/types.d.ts
export type * from './generated/config.ts';
export type * from './generated/manifest.ts';
export type * from './generated/charter.ts';
export type { AgentEvent, BudgetQuestion, CrashReport, Effect, EffectKind, Facts, OutputBatch, PostCommandCall, PreCommandCall, Priority, RecoveryPlan, SessionEnd, SessionInfo, SessionStart, SessionState, SimpleCommand, Span, SpawnChange, SpawnLimits, SpawnSpec, Usage, } from './generated/hooks.ts';

// sdk/command.d.ts
import type { PluginManifest } from '@vp/schemas/types';
import type { ServiceRef } from './service.ts';
export type Remote<T extends object, E extends object> = {
    readonly [K in keyof T]: T[K] extends (...args: infer A) => infer R ? (...args: A) => Promise<Awaited<R>> : never;
} & {
    on<K extends keyof E & string>(event: K, listener: (payload: E[K]) => void): () => void;
};
export interface FoundPlugin {
    readonly kind: 'file' | 'package';
    readonly entry: string;
    readonly manifestFile?: string;
    readonly manifest?: PluginManifest;
    readonly version?: string;
}
export type ReloadAnswer = {
    readonly state: 'not-running';
} | {
    readonly state: 'reloaded';
    readonly result: string;
    readonly error?: string;
};
export interface CommandContext {
    readonly args: readonly string[];
    readonly options: Readonly<Record<string, unknown>>;
    readonly json: boolean;
    readonly tty: boolean;
    readonly cwd: string;
    readonly env: Readonly<Record<string, string | undefined>>;
    readonly signal: AbortSignal;
    print(line: string): void;
    warn(line: string): void;
    use<T extends object, E extends object>(ref: ServiceRef<T, E>): Remote<T, E>;
    reload?(plugin: string): Promise<ReloadAnswer>;
    locate?(use: string, from?: string): FoundPlugin | Promise<FoundPlugin>;
}
export type Command = (context: CommandContext) => Promise<number>;
export type Offline = (context: {
    readonly env: Readonly<Record<string, string | undefined>>;
}) => Readonly<Record<string, unknown>>;
export interface CheckResult {
    readonly name: string;
    readonly state: 'ok' | 'warning' | 'failed';
    readonly detail: string;
    readonly hint?: string;
}
export type Checks = (context: {
    readonly home: string;
    readonly cwd: string;
    readonly env: Readonly<Record<string, string | undefined>>;
}) => Promise<readonly CheckResult[]>;

// sdk/context.d.ts
import type { HookName, HookResults, HookTypes, Tap, TapOptions } from './hooks.ts';
import type { Facade, ServiceRef } from './service.ts';
export type Undo = () => void | Promise<void>;
export type Disposable = Undo | {
    dispose(): void | Promise<void>;
} | {
    close(): void | Promise<void>;
} | {
    [Symbol.dispose](): void;
} | {
    [Symbol.asyncDispose](): Promise<void>;
};
export interface Logger {
    debug(message: string): void;
    debug(fields: object, message: string): void;
    info(message: string): void;
    info(fields: object, message: string): void;
    warn(message: string): void;
    warn(fields: object, message: string): void;
    error(message: string): void;
    error(fields: object, message: string): void;
}
export interface Previous {
    readonly version: string;
    readonly state: unknown;
}
export interface KeyValue {
    get(key: string): Promise<unknown>;
    set(key: string, value: unknown): Promise<void>;
    delete(key: string): Promise<void>;
    keys(): Promise<string[]>;
}
export interface Files {
    readText(path: string): Promise<string>;
    writeText(path: string, text: string): Promise<void>;
    list(path: string): Promise<string[]>;
}
export interface Env {
    get(name: string): string | undefined;
}
export interface PluginContext<C = Record<string, unknown>> {
    readonly name: string;
    readonly config: C;
    readonly log: Logger;
    readonly signal: AbortSignal;
    readonly home: string;
    readonly previous: Previous | undefined;
    readonly kv: KeyValue;
    readonly fs: Files;
    readonly env: Env;
    readonly fetch: typeof globalThis.fetch;
    hook<H extends HookName>(name: H, tap: Tap<H>, options?: TapOptions): Undo;
    fire<H extends HookName>(name: H, payload: HookTypes[H]['payload']): HookResults[H];
    provide<T extends object, E extends object>(ref: ServiceRef<T, E>, implementation: T): {
        emit<K extends keyof E & string>(event: K, payload: E[K]): void;
    };
    use<T extends object, E extends object>(ref: ServiceRef<T, E>): Facade<T, E>;
    discover(listener: (ref: ServiceRef, facade: Facade<object, Record<string, unknown>>) => void): Undo;
    has(ref: ServiceRef): boolean;
    own(label: string, thing: Disposable): Undo;
    setTimeout(fn: () => void, ms: number): Undo;
    setInterval(fn: () => void, ms: number): Undo;
    shared<T>(key: string, create: () => T, dispose?: (value: T) => void | Promise<void>): T;
    onActivate(fn: () => void): void;
    onReady(fn: () => void): void;
    snapshot(take: () => unknown): void;
    liveFiles(): readonly string[];
    workspace(dir: string): Undo;
}

// sdk/define.d.ts
import type { CharterInput, PluginManifest, VpConfig } from '@vp/schemas/types';
import type { PluginContext } from './context.ts';
import type { HookName, Tap, TapOptions } from './hooks.ts';
export type Setup<C> = (ctx: PluginContext<C>) => void | Promise<void>;
export interface PluginDefinition<C = Record<string, unknown>> extends Omit<PluginManifest, 'entry' | 'commands' | 'checks' | 'offline' | '$schema'> {
    readonly hooks?: {
        readonly [H in HookName]?: Tap<H> | (TapOptions & {
            readonly handler: Tap<H>;
        });
    };
    readonly setup?: Setup<C>;
}
export declare function definePlugin<C = Record<string, unknown>>(definition: PluginDefinition<C>): PluginDefinition<C>;
export declare function defineConfig(config: VpConfig): VpConfig;
export declare function defineCharter(charter: CharterInput): CharterInput;

// sdk/error.d.ts
export interface ErrorDetails {
    readonly file?: string;
    readonly path?: string;
    readonly hint?: string;
    readonly plugin?: string;
    readonly cause?: unknown;
}
export declare class VpError extends Error {
    readonly name = "VpError";
    readonly code: string;
    readonly file?: string;
    readonly path?: string;
    readonly hint?: string;
    readonly plugin?: string;
    constructor(code: string, message: string, details?: ErrorDetails);
}
export interface ErrorRow {
    readonly message: string;
    readonly hint?: string;
}
export type ErrorFactory<Code extends string> = (code: Code, values?: Readonly<Record<string, string | number>>, details?: ErrorDetails) => VpError;
export declare function defineErrors<Code extends string>(table: Readonly<Record<Code, ErrorRow>>): ErrorFactory<Code>;
export declare function isVpError(value: unknown): value is VpError;
export declare function reasonOf(thrown: unknown): string;

// sdk/folds.d.ts
import type { RecoveryPlan } from '@vp/schemas/types';
import type { Attributed, BudgetOutcome, SpawnOutcome } from './hooks.ts';
import type { Finding } from './verdict.ts';
export interface FoldRule<A> {
    start(payload: unknown): A;
    add(gathered: A, answer: unknown, plugin: string): A;
    fail(gathered: A, plugin: string, why: string): A;
    input?(gathered: A): unknown;
    settled(gathered: A): boolean;
}
export declare const transform: FoldRule<SpawnOutcome>;
export declare const guard: FoldRule<SpawnOutcome>;
export declare const findings: FoldRule<readonly Attributed<Finding>[]>;
export declare const severity: FoldRule<BudgetOutcome>;
export declare const plan: FoldRule<Attributed<RecoveryPlan> | undefined>;
export declare function isFinalSpec(payload: unknown): boolean;

// sdk/hooks.d.ts
import type { BudgetQuestion, CrashReport, OutputBatch, PostCommandCall, PreCommandCall, RecoveryPlan, SessionEnd, SessionStart, SpawnChange, SpawnSpec } from '@vp/schemas/types';
import type { PluginContext } from './context.ts';
import type { Allow, Deny, Finding } from './verdict.ts';
export type Severity = 'ok' | 'warn' | 'throttle' | 'deny';
export interface BudgetAnswer {
    readonly severity: Severity;
    readonly reason: string;
}
export type Attributed<T> = T & {
    readonly plugin: string;
};
export type SpawnOutcome = {
    readonly spec: SpawnSpec;
    readonly refused?: undefined;
} | {
    readonly spec?: undefined;
    readonly refused: Attributed<Deny>;
};
export interface BudgetOutcome {
    readonly severity: Severity;
    readonly reasons: readonly Attributed<BudgetAnswer>[];
}
export interface HookTypes {
    'pre-spawn': {
        payload: SpawnSpec;
        returns: void | SpawnChange | Deny;
        result: Promise<SpawnOutcome>;
    };
    'pre-command': {
        payload: PreCommandCall;
        returns: void | Allow | Finding | readonly Finding[];
        result: Promise<readonly Attributed<Finding>[]>;
    };
    'budget-check': {
        payload: BudgetQuestion;
        returns: void | Severity | BudgetAnswer;
        result: Promise<BudgetOutcome>;
    };
    'on-crash': {
        payload: CrashReport;
        returns: void | RecoveryPlan;
        result: Promise<Attributed<RecoveryPlan> | undefined>;
    };
    'on-output': {
        payload: OutputBatch;
        returns: void;
        result: void;
    };
    'session-start': {
        payload: SessionStart;
        returns: void;
        result: void;
    };
    'session-end': {
        payload: SessionEnd;
        returns: void;
        result: void;
    };
    'pre-edit': {
        payload: PreCommandCall;
        returns: void;
        result: void;
    };
    'post-edit': {
        payload: PostCommandCall;
        returns: void;
        result: void;
    };
    'post-command': {
        payload: PostCommandCall;
        returns: void;
        result: void;
    };
}
export type HookName = keyof HookTypes;
export type HookResults = {
    [H in HookName]: HookTypes[H]['result'];
};
type AsyncHook = 'pre-spawn' | 'pre-command' | 'budget-check' | 'on-crash';
export type Tap<H extends HookName> = (payload: HookTypes[H]['payload'], ctx: PluginContext) => H extends AsyncHook ? HookTypes[H]['returns'] | Promise<HookTypes[H]['returns']> : void;
export interface TapOptions {
    readonly order?: 'pre' | 'normal' | 'post';
    readonly after?: readonly string[];
    readonly guard?: boolean;
    readonly shadow?: boolean;
}
export {};

// sdk/index.d.ts
export { defineCharter, defineConfig, definePlugin, type PluginDefinition, type Setup } from './define.ts';
export { allow, ask, deny, isDeny, type Allow, type Deny, type Finding, type Level, type Objection } from './verdict.ts';
export type { Attributed, BudgetAnswer, BudgetOutcome, HookName, HookResults, HookTypes, Severity, SpawnOutcome, Tap, TapOptions, } from './hooks.ts';
export type { Disposable, Env, Files, KeyValue, Logger, PluginContext, Previous, Undo } from './context.ts';
export { defineService, serviceName, type MethodSpec, type ServiceEvents, type ServiceRef, type Facade } from './service.ts';
export { charters, type Charter, type Charters, type CharterEvents, type CharterExample, type CompiledCharter, } from './services/charters.ts';
export { sessions, type SessionRow, type SessionConfig, type Sessions, type SpawnResult, type SessionMetrics, type SessionMetricsSummary, type SessionEvents, type VerdictEvent, type RestartPlan, type OutputPage, } from './services/sessions.ts';
export type { ConversationState, SessionCrashReport } from './services/crash.ts';
export { store, type DocumentQuery, type EventQuery, type NewStoredEvent, type Store, type StoredDocument, type StoredEvent, type StoreEvents, type StoreInfo, type StoreOperation, } from './services/store.ts';
export { pool, type Accepted, type Pool, type PooledSessionRequest, type PoolEvents, type PoolMetrics, type PoolRow, type PoolStatus, type RowQuery, } from './services/pool.ts';
export { recovery, type CrashAnalysis, type CrashType, type Park, type Recovery, type RecoveryDecision, type RecoveryEvents, type RecoveryState, type RecoveryStatistics, type RecoveryStrategy, } from './services/recovery.ts';
export { policy, type ExampleFault, type Explanation, type JudgedFinding, type Judgement, type JudgeRequest, type Policy, type PolicyCall, } from './services/policy.ts';
export { repository, type Repository, type Stored } from './repository.ts';
export { defineErrors, isVpError, reasonOf, VpError, type ErrorDetails, type ErrorFactory, type ErrorRow } from './error.ts';
export type { CheckResult, Checks, Command, CommandContext, FoundPlugin, Offline, ReloadAnswer, Remote } from './command.ts';
export type * from '@vp/schemas/types';

// sdk/phrases.d.ts
import type { ActionMatch } from './phrases/row.ts';
export { PHRASES } from './phrases/table.ts';
export { fold } from './phrases/words.ts';
export type { ActionMatch, PhraseRow } from './phrases/row.ts';
export interface Meaning {
    readonly ids: readonly string[];
    readonly matches: readonly ActionMatch[];
}
export declare function meaningOf(entry: string): Meaning | undefined;
export declare function nearestPhrase(entry: string): string | undefined;

// sdk/phrases/row.d.ts
import type { Effect, EffectKind, Facts } from '@vp/schemas/types';
export interface ActionMatch {
    readonly kinds?: readonly EffectKind[];
    readonly ops?: readonly string[];
    readonly scopes?: readonly NonNullable<Effect['scope']>[];
    readonly targets?: readonly string[];
    readonly notTargets?: readonly string[];
    readonly command?: string;
    readonly tool?: string;
    readonly unknown?: readonly Facts['unknowns'][number]['what'][];
}
export interface PhraseRow {
    readonly id: string;
    readonly phrases: readonly string[];
    readonly meaning: string;
    readonly covers: readonly ActionMatch[];
}

// sdk/phrases/table.d.ts
import type { PhraseRow } from './row.ts';
export declare const PHRASES: readonly PhraseRow[];

// sdk/phrases/words.d.ts
export declare function fold(phrase: string): string;
export declare function closest(phrase: string, candidates: readonly string[]): string | undefined;

// sdk/repository.d.ts
import type { Facade } from './service.ts';
import type { DocumentQuery, Store, StoreEvents, StoreOperation } from './services/store.ts';
export interface Stored<T> {
    readonly id: string;
    readonly version: number;
    readonly value: T;
}
export interface Repository<T> {
    get(id: string): Promise<Stored<T> | null>;
    all(where?: DocumentQuery['where']): AsyncGenerator<Stored<T>>;
    put(id: string, value: T, ifVersion?: number): StoreOperation;
    remove(id: string): StoreOperation;
}
export declare function repository<T>(store: Facade<Store, StoreEvents>, collection: string, read: (value: unknown) => T): Repository<T>;

// sdk/runtime.d.ts
import type { Permissions, PluginManifest, SandboxLimits } from '@vp/schemas/types';
import type { PluginDefinition } from './define.ts';
import type { ServiceRef } from './service.ts';
export interface RuntimeRequest {
    readonly use: string;
    readonly kind: 'file' | 'package';
    readonly entry: string;
    readonly manifestFile?: string;
    readonly manifest?: PluginManifest;
    readonly version?: string;
    readonly origin?: string;
    readonly grant?: Permissions;
    readonly limits?: SandboxLimits;
    readonly baseDir: string;
    readonly cacheDir?: string;
    readonly deadlineMs: (what: string) => number;
}
export interface RuntimePlugin {
    readonly manifest: PluginManifest;
    readonly definition: PluginDefinition;
    readonly codeHash: string;
    readonly inputs: readonly string[];
}
export interface Kill {
    readonly at: number;
    readonly reason: string;
    readonly detail: string;
}
export interface RuntimeFigures {
    readonly permissions: Permissions;
    readonly words: readonly string[];
    readonly memoryBytes: number | null;
    readonly cpuMs: number | null;
    readonly kills: readonly Kill[];
    readonly quarantined: {
        readonly since: number;
        readonly reason: string;
        readonly lift: string;
    } | null;
    readonly dropped: {
        readonly logs: number;
        readonly events: number;
        readonly messages: number;
    };
}
export interface PluginRuntime {
    load(request: RuntimeRequest): Promise<RuntimePlugin>;
    figures(plugin: string): RuntimeFigures | undefined;
    isSpent(plugin: string): boolean;
    end(plugin: string, reason: 'revoked'): void;
    onChange(listener: (plugin: string) => void): () => void;
    close(): Promise<void>;
}
export interface RuntimeOptions {
    readonly home: string;
    readonly env: Readonly<Record<string, string | undefined>>;
    readonly service: (name: string) => ServiceRef | undefined;
    readonly warn: (fields: object, message: string) => void;
}

// sdk/service.d.ts
export interface MethodSpec {
    readonly sandbox?: string;
    readonly remote?: boolean;
    readonly params?: readonly object[];
    readonly required?: number;
    readonly result?: object;
}
export type ServiceEvents = Record<string, unknown>;
export interface ServiceRef<T extends object = object, E extends object = object> {
    readonly $$type: 'vp.service';
    readonly id: string;
    readonly version: number;
    readonly methods: Readonly<Record<string, MethodSpec>>;
    readonly events: readonly string[];
    readonly types?: {
        readonly methods: T;
        readonly events: E;
    };
}
export type Facade<T extends object, E extends object = object> = T & {
    on<K extends keyof E & string>(event: K, listener: (payload: E[K]) => void): () => void;
};
export declare function defineService<T extends object, E extends object = object>(id: string, spec: {
    version: number;
    methods: Record<keyof T & string, MethodSpec>;
    events?: readonly (keyof E & string)[];
}): ServiceRef<T, E>;
export declare function serviceName(ref: {
    readonly id: string;
    readonly version: number;
}): string;

// sdk/services/charters.d.ts
import { type ServiceRef } from '../service.ts';
export interface Charter {
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
        readonly forbiddenPatterns: readonly string[];
        readonly requiredApprovals: readonly string[];
        readonly autoApprove: readonly string[];
        readonly requireConfirmation: readonly string[];
        readonly alwaysReject: readonly string[];
        readonly escalate: readonly string[];
        readonly examples?: readonly CharterExample[];
    };
    readonly resources: {
        readonly maxSessions?: number;
        readonly maxTokens?: number;
        readonly maxExecutionTime?: number;
        readonly maxConcurrentTasks?: number;
        readonly maxTurns?: number;
        readonly maxCostUsd?: number;
        readonly allowedTools?: readonly string[];
        readonly tokenBudget: {
            readonly hourly?: number;
            readonly daily?: number;
            readonly subscription?: string;
            readonly api?: string;
        };
    };
    readonly operational: {
        readonly model?: string;
        readonly temperature?: number;
        readonly maxRetries?: number;
        readonly timeout?: number;
        readonly env: readonly string[];
        readonly trustProject: boolean;
        readonly sshAgent: boolean;
    };
}
export interface CharterExample {
    readonly source: string;
    readonly match: readonly string[];
    readonly notMatch: readonly string[];
}
export interface CompiledCharter {
    readonly id: string;
    readonly hash: string;
    readonly charter: Charter;
}
export interface Charters {
    resolve(file?: string): Promise<CompiledCharter>;
    current(id: string): CompiledCharter | undefined;
    instructions(id: string, context: {
        task: string;
        cwd: string;
        memory?: string;
        project?: string;
    }): string;
}
export interface CharterEvents {
    changed: CompiledCharter;
    rejected: {
        readonly id: string;
        readonly problems: readonly string[];
    };
}
export declare const charters: ServiceRef<Charters, CharterEvents>;

// sdk/services/crash.d.ts
import type { AgentEvent, SessionInfo } from '@vp/schemas/types';
import type { RestartPlan } from './sessions.ts';
export interface ConversationState {
    readonly id: string | null;
    readonly transcript: 'whole' | 'damaged' | 'absent';
    readonly hasPrompt: boolean;
    readonly evidence: readonly string[];
}
export interface SessionCrashReport {
    readonly sessionId: string;
    readonly requestId: string | null;
    readonly session: SessionInfo;
    readonly charterId?: string;
    readonly attempt: number;
    readonly mode: 'first' | RestartPlan['mode'];
    readonly at: string;
    readonly state: 'crashed' | 'failed';
    readonly exitCode: number | null;
    readonly signal: string | null;
    readonly reason: string | null;
    readonly stderrTail: string;
    readonly lastEvents: readonly AgentEvent[];
    readonly result: string | null;
    readonly resultSubtype: string | null;
    readonly terminalReason: string | null;
    readonly apiStatus: number | null;
    readonly apiError: string | null;
    readonly rateLimit: {
        readonly resetsAt: number | null;
        readonly type: string | null;
    } | null;
    readonly inFlight: readonly {
        readonly toolUseId: string;
        readonly tool: string;
        readonly input: Readonly<Record<string, unknown>>;
    }[];
    readonly turns: number;
    readonly runMs: number;
    readonly conversation: ConversationState;
    readonly oomKills: number;
}

// sdk/services/policy.d.ts
import type { Facts, Span } from '@vp/schemas/types';
import type { Attributed } from '../hooks.ts';
import type { Charter } from './charters.ts';
import { type ServiceRef } from '../service.ts';
import type { Finding, Level } from '../verdict.ts';
export interface PolicyCall {
    readonly tool: string;
    readonly input: Readonly<Record<string, unknown>>;
    readonly cwd: string;
    readonly workspace?: string;
    readonly charter?: string;
    readonly sessionId?: string;
    readonly callId?: string;
}
export interface JudgedFinding {
    readonly rule: string;
    readonly level: Exclude<Level, 'allow'>;
    readonly from: string;
    readonly source: string | null;
    readonly reason: string;
    readonly instead: string | null;
    readonly span: Span | null;
    readonly dischargedBy: string | null;
}
export interface Judgement {
    readonly verdict: Level;
    readonly rule: string | null;
    readonly reason: string | null;
    readonly instead: string | null;
    readonly findings: readonly JudgedFinding[];
    readonly micros: number;
}
export interface Explanation {
    readonly judgement: Judgement;
    readonly facts: Facts;
    readonly lines: readonly string[];
    readonly brief: string;
}
export interface JudgeRequest extends PolicyCall {
    readonly facts?: Facts;
    readonly findings?: readonly Attributed<Finding>[];
}
export interface ExampleFault {
    readonly source: string;
    readonly example: string;
    readonly expected: 'match' | 'notMatch';
}
export interface Policy {
    analyse(call: PolicyCall): Facts;
    judge(request: JudgeRequest): Judgement;
    explain(request: JudgeRequest): Explanation;
    checkExamples(charter: Charter): readonly ExampleFault[];
}
export declare const policy: ServiceRef<Policy>;

// sdk/services/pool.d.ts
import type { Priority } from '@vp/schemas/types';
import { type ServiceRef } from '../service.ts';
import type { Park } from './recovery.ts';
import type { SessionConfig, SessionRow, SpawnResult } from './sessions.ts';
export interface PooledSessionRequest {
    readonly requestId?: string;
    readonly idempotencyKey?: string;
    readonly config: SessionConfig;
    readonly priority?: Priority;
}
export interface Accepted {
    readonly requestId: string;
    readonly sessionId: string;
    readonly existing: boolean;
    readonly position: number;
    readonly estimatedWaitMs: number | null;
}
export interface PoolRow extends SessionRow {
    readonly requestId: string;
    readonly position: number | null;
    readonly estimatedWaitMs: number | null;
    readonly waitsUntil: string | null;
    readonly error: {
        readonly code: string;
        readonly message: string;
        readonly hint?: string;
    } | null;
}
export interface PoolStatus {
    readonly maxConcurrentSessions: number;
    readonly active: number;
    readonly starting: number;
    readonly queued: number;
    readonly recovering: number;
    readonly maxQueueSize: number;
    readonly utilization: number;
    readonly draining: boolean;
    readonly parked: Park | null;
    readonly heldBy: string | null;
}
export interface PoolMetrics {
    readonly totalSessions: number;
    readonly activeSessions: number;
    readonly completedSessions: number;
    readonly failedSessions: number;
    readonly crashedSessions: number;
    readonly timeoutSessions: number;
    readonly terminatedSessions: number;
    readonly cancelledRequests: number;
    readonly recoveredSessions: number;
    readonly queueLength: number;
    readonly utilization: number;
    readonly averageExecutionTime: number | null;
    readonly averageWaitTime: number | null;
    readonly maxWaitTime: number | null;
    readonly totalTokens: number;
    readonly costUsd: number;
}
export interface RowQuery {
    readonly open?: boolean;
    readonly limit?: number;
}
export interface Pool {
    submit(request: PooledSessionRequest): Promise<Accepted>;
    requestSession(request: PooledSessionRequest): Promise<SpawnResult>;
    getPoolStatus(): PoolStatus;
    getMetrics(): PoolMetrics;
    cancelRequest(requestId: string): Promise<boolean>;
    stopSession(id: string, force?: boolean): Promise<PoolRow>;
    drain(timeoutMs?: number): Promise<void>;
    resume(): void;
    listSessions(query?: RowQuery): Promise<readonly PoolRow[]>;
    getSession(id: string): Promise<PoolRow | null>;
}
export interface PoolEvents {
    'request-queued': {
        readonly requestId: string;
        readonly sessionId: string;
        readonly position: number;
        readonly queueLength: number;
    };
    'request-cancelled': {
        readonly requestId: string;
        readonly sessionId: string;
    };
    'session-allocated': {
        readonly requestId: string;
        readonly sessionId: string;
    };
    'session-released': {
        readonly requestId: string;
        readonly sessionId: string;
        readonly status: SessionRow;
    };
    'session-recovering': {
        readonly requestId: string;
        readonly sessionId: string;
        readonly attempt: number;
        readonly mode: 'resume' | 'anew';
        readonly reason: string;
        readonly notBefore: string;
    };
    'request-ended': {
        readonly requestId: string;
        readonly sessionId: string;
        readonly status: PoolRow;
    };
    'pool-draining': Record<string, never>;
    'pool-drained': Record<string, never>;
}
export declare const pool: ServiceRef<Pool, PoolEvents>;

// sdk/services/recovery.d.ts
import { type ServiceRef } from '../service.ts';
import type { SessionCrashReport } from './crash.ts';
export type CrashType = 'oom' | 'timeout' | 'segfault' | 'network' | 'permission' | 'rate_limit' | 'overloaded' | 'auth' | 'billing' | 'context_overflow' | 'limit_reached' | 'config' | 'resume_failed' | 'killed' | 'unknown';
export type RecoveryStrategy = 'immediate' | 'delayed' | 'manual';
export interface CrashAnalysis {
    readonly type: CrashType;
    readonly rootCause: string;
    readonly confidence: number;
    readonly evidence: readonly string[];
    readonly strategy: RecoveryStrategy;
    readonly suggestedFixes: readonly string[];
}
export type RecoveryDecision = {
    readonly action: 'retry';
    readonly attemptNumber: number;
    readonly mode: 'resume' | 'anew';
    readonly notBefore: number;
    readonly delayMs: number;
    readonly note: string;
    readonly reason: string;
    readonly analysis: CrashAnalysis;
} | {
    readonly action: 'stop';
    readonly reason: string;
    readonly analysis: CrashAnalysis;
};
export interface RecoveryState {
    readonly sessionId: string;
    readonly status: 'waiting' | 'running' | 'succeeded' | 'failed' | 'abandoned';
    readonly attempts: number;
    readonly analysis: CrashAnalysis;
    readonly decision: RecoveryDecision;
    readonly crashedAt: string;
    readonly nextAttemptAt: string | null;
    readonly dump: string | null;
}
export interface RecoveryStatistics {
    readonly totalCrashes: number;
    readonly recoveryAttempts: number;
    readonly successfulRecoveries: number;
    readonly failedRecoveries: number;
    readonly abandonedRecoveries: number;
    readonly successRate: number | null;
    readonly averageAttempts: number | null;
    readonly byType: Readonly<Partial<Record<CrashType, number>>>;
}
export interface Park {
    readonly until: number;
    readonly since: number;
    readonly reason: string;
    readonly limit: string | null;
}
export interface Recovery {
    handleCrash(sessionId: string, crashReport: SessionCrashReport): Promise<RecoveryDecision>;
    getRecoveryStatus(sessionId: string): Promise<RecoveryState | null>;
    getActiveRecoveries(): Promise<readonly RecoveryState[]>;
    getRecoveryStats(): Promise<RecoveryStatistics>;
    triggerManualRecovery(sessionId: string): Promise<boolean>;
    abandonRecovery(sessionId: string): Promise<void>;
    getPark(): Park | null;
    unpark(): Promise<void>;
}
export interface RecoveryEvents {
    'crash-detected': {
        readonly sessionId: string;
        readonly crashReport: SessionCrashReport;
    };
    'crash-analyzed': {
        readonly sessionId: string;
        readonly analysis: CrashAnalysis;
    };
    'crash-dump-saved': {
        readonly sessionId: string;
        readonly path: string;
    };
    'recovery-attempt': {
        readonly sessionId: string;
        readonly attemptNumber: number;
        readonly analysis: CrashAnalysis;
    };
    'recovery-succeeded': {
        readonly sessionId: string;
        readonly attemptNumber: number;
    };
    'recovery-failed': {
        readonly sessionId: string;
        readonly reason: string;
    };
    'recovery-wanted': {
        readonly sessionId: string;
        readonly decision: Extract<RecoveryDecision, {
            action: 'retry';
        }>;
    };
    'recovery-abandoned': {
        readonly sessionId: string;
    };
    parked: Park;
    unparked: Record<string, never>;
}
export declare const recovery: ServiceRef<Recovery, RecoveryEvents>;

// sdk/services/sessions.d.ts
import type { AgentEvent, Priority, SessionState, SpawnLimits, Usage } from '@vp/schemas/types';
import type { Attributed } from '../hooks.ts';
import { type ServiceRef } from '../service.ts';
import type { SessionCrashReport } from './crash.ts';
import type { Finding, Level } from '../verdict.ts';
export interface SessionConfig {
    readonly workingDirectory: string;
    readonly prompt: string;
    readonly charter?: string;
    readonly type?: 'claude-code' | 'claude-flow' | 'command';
    readonly command?: readonly string[];
    readonly priority?: Priority;
    readonly attended?: boolean;
    readonly timeout?: number;
    readonly limits?: SpawnLimits;
    readonly model?: string;
    readonly labels?: Readonly<Record<string, string>>;
    readonly env?: Readonly<Record<string, string>>;
    readonly memory?: string;
    readonly projectContext?: string;
    readonly resume?: string;
    readonly keepOpen?: boolean;
    readonly sessionId?: string;
    readonly requestId?: string;
}
export interface RestartPlan {
    readonly mode: 'resume' | 'anew';
    readonly note: string;
}
export interface SessionMetrics {
    readonly commandsExecuted: number;
    readonly filesModified: number;
    readonly approvalsRequested: number;
    readonly denials: number;
    readonly errors: number;
    readonly turns: number;
    readonly executionTime: number;
}
export interface SessionRow {
    readonly sessionId: string;
    readonly requestId: string | null;
    readonly orchestrator: string;
    readonly state: SessionState;
    readonly type: 'claude-code' | 'claude-flow' | 'command';
    readonly governed: boolean;
    readonly cwd: string;
    readonly priority: Priority;
    readonly attempts: number;
    readonly pid: number | null;
    readonly createdAt: string;
    readonly startedAt: string | null;
    readonly endedAt: string | null;
    readonly exitCode: number | null;
    readonly signal: string | null;
    readonly usage: Usage;
    readonly costUsd: number | null;
    readonly result: string | null;
    readonly reason: string | null;
    readonly agentSessionId: string | null;
    readonly metrics: SessionMetrics;
    readonly recentOutput: string;
}
export interface SpawnResult {
    readonly sessionId: string;
    readonly pid: number;
    readonly completion: Promise<SessionRow>;
}
export interface SessionMetricsSummary {
    readonly total: number;
    readonly active: number;
    readonly completed: number;
    readonly failed: number;
    readonly crashed: number;
    readonly timeout: number;
    readonly terminated: number;
    readonly usage: Usage;
    readonly costUsd: number;
    readonly averageExecutionTime: number;
}
export interface Sessions {
    spawnSession(config: SessionConfig): Promise<SpawnResult>;
    restartSession(sessionId: string, plan: RestartPlan): Promise<SpawnResult>;
    adopted(): Promise<void>;
    checkConfig(config: SessionConfig): void;
    getSessionStatus(sessionId: string): SessionRow | null;
    getActiveSessions(): SessionRow[];
    listSessions(): SessionRow[];
    terminateSession(sessionId: string, graceful?: boolean): Promise<void>;
    sendInput(sessionId: string, input: string): void;
    interrupt(sessionId: string): Promise<void>;
    closeInput(sessionId: string): void;
    releaseSession(sessionId: string): void;
    cleanupCompletedSessions(): number;
    getCrashReports(): SessionCrashReport[];
    getCrashReport(sessionId: string): SessionCrashReport | null;
    readOutput(sessionId: string, after?: number, limit?: number): Promise<OutputPage>;
    getMetricsSummary(): SessionMetricsSummary;
}
export interface OutputPage {
    readonly events: readonly AgentEvent[];
    readonly next: number;
    readonly more: boolean;
}
export interface VerdictEvent {
    readonly sessionId: string;
    readonly toolUseId: string;
    readonly tool: string;
    readonly input: Readonly<Record<string, unknown>>;
    readonly verdict: Level;
    readonly rule: string | null;
    readonly reason: string | null;
    readonly findings: readonly Attributed<Finding>[];
    readonly micros: number;
}
export interface SessionEvents {
    'session-spawned': {
        readonly sessionId: string;
        readonly pid: number;
        readonly row: SessionRow;
    };
    'session-output': {
        readonly sessionId: string;
        readonly events: readonly AgentEvent[];
        readonly replayed: boolean;
    };
    'session-state': {
        readonly sessionId: string;
        readonly state: SessionState;
        readonly previous: SessionState;
    };
    'session-timeout': {
        readonly sessionId: string;
    };
    'session-ended': {
        readonly sessionId: string;
        readonly status: SessionRow;
        readonly crash: SessionCrashReport | null;
    };
    verdict: VerdictEvent;
}
export declare const sessions: ServiceRef<Sessions, SessionEvents>;

// sdk/services/store.d.ts
import { type ServiceRef } from '../service.ts';
export interface StoredDocument {
    readonly id: string;
    readonly version: number;
    readonly updatedAt: number;
    readonly value: unknown;
}
export interface NewStoredEvent {
    readonly stream: string;
    readonly type: string;
    readonly at?: number;
    readonly key?: string;
    readonly data: unknown;
}
export interface StoredEvent {
    readonly seq: number;
    readonly at: number;
    readonly stream: string;
    readonly type: string;
    readonly key: string | null;
    readonly data: unknown;
}
export type StoreOperation = {
    readonly op: 'put';
    readonly collection: string;
    readonly id: string;
    readonly value: unknown;
    readonly ifVersion?: number;
} | {
    readonly op: 'remove';
    readonly collection: string;
    readonly id: string;
    readonly ifVersion?: number;
} | ({
    readonly op: 'append';
} & NewStoredEvent);
export interface DocumentQuery {
    readonly where?: Readonly<Record<string, string | number | boolean | null>>;
    readonly after?: string;
    readonly limit?: number;
}
export interface EventQuery {
    readonly after?: number;
    readonly stream?: string;
    readonly types?: readonly string[];
    readonly since?: number;
    readonly newestFirst?: boolean;
    readonly limit?: number;
}
export interface StoreInfo {
    readonly engine: string;
    readonly location: string;
    readonly schemaVersion: number;
    readonly bytes: number;
    readonly documents: number;
    readonly events: number;
    readonly putAside: {
        readonly path: string;
        readonly at: string;
        readonly documents: number;
        readonly events: number;
    } | null;
}
export interface Store {
    transact(operations: readonly StoreOperation[]): Promise<readonly (number | null)[]>;
    get(collection: string, id: string): Promise<StoredDocument | null>;
    list(collection: string, query?: DocumentQuery): Promise<readonly StoredDocument[]>;
    count(collection: string, where?: DocumentQuery['where']): Promise<number>;
    events(query?: EventQuery): Promise<readonly StoredEvent[]>;
    backup(path: string): Promise<{
        readonly bytes: number;
    }>;
    exportTo(path: string): Promise<{
        readonly documents: number;
        readonly events: number;
    }>;
    info(): Promise<StoreInfo>;
}
export interface StoreEvents {
    appended: readonly StoredEvent[];
}
export declare const store: ServiceRef<Store, StoreEvents>;

// sdk/testing.d.ts
export { testPlugin, type TestOptions, type TestPlugin } from './testing/test-plugin.ts';
export { fake, type FakeService } from './testing/fake-services.ts';
export { budgetCheck, onCrash, onOutput, postCommand, postEdit, preCommand, preEdit, preSpawn, sessionCrashReport, sessionEnd, sessionInfo, sessionStart, type Part, } from './testing/payloads.ts';
export type { LogLine } from './testing/memory.ts';
export type { StopReport } from './testing/scope.ts';
export type { TapRow } from './testing/taps.ts';

// sdk/testing/fake-generation.d.ts
import type { PluginContext, Previous } from '../context.ts';
import type { PluginDefinition } from '../define.ts';
import type { FakeKernel } from './fake-kernel.ts';
import { TestScope, type StopReport } from './scope.ts';
export type ContextBase = Pick<PluginContext, 'name' | 'log' | 'home' | 'kv' | 'fs' | 'env' | 'fetch'>;
export type AnyPlugin = PluginDefinition<never>;
export declare class FakeGeneration {
    #private;
    readonly scope: TestScope;
    readonly context: PluginContext;
    constructor(kernel: FakeKernel, plugin: AnyPlugin, base: ContextBase, config: Record<string, unknown>, previous: Previous | undefined);
    stage(): Promise<void>;
    activate(old?: FakeGeneration): void;
    deactivate(kept?: ReadonlySet<string>): void;
    dispose(): Promise<StopReport>;
    snapshot(): Promise<unknown>;
}

// sdk/testing/fake-kernel.d.ts
import type { HookName } from '../hooks.ts';
import { FakeServices } from './fake-services.ts';
import type { LogLine } from './memory.ts';
import { type TestTap } from './taps.ts';
export declare class FakeKernel {
    #private;
    readonly log: LogLine[];
    readonly services: FakeServices;
    readonly workspaces: Set<string>;
    get plugins(): ReadonlySet<string>;
    taps(plugin?: string): readonly TestTap[];
    check(plugin: string, taps: readonly TestTap[]): void;
    replace(plugin: string, taps: readonly TestTap[]): void;
    remove(plugin: string): void;
    fire(hook: HookName, payload: unknown): unknown;
    hold<T>(key: string, create: () => T, end?: (value: T) => void | Promise<void>): {
        value: T;
        release: () => Promise<void>;
    };
    complain(plugin: string, message: string, fields?: Readonly<Record<string, unknown>>): void;
}

// sdk/testing/fake-services.d.ts
import { type Facade, type ServiceRef } from '../service.ts';
import type { Undo } from '../context.ts';
export interface FakeService {
    readonly ref: ServiceRef;
    readonly implementation: object;
}
export declare function fake<T extends object, E extends object>(ref: ServiceRef<T, E>, implementation: Partial<T>): FakeService;
export interface Provision {
    readonly name: string;
    readonly ref: ServiceRef;
    readonly plugin: string;
    readonly implementation: Readonly<Record<string, unknown>>;
    readonly enter: (act: () => unknown) => unknown;
}
export declare function provisionOf(ref: ServiceRef, plugin: string, implementation: object, enter?: Provision['enter']): Provision;
export declare class FakeServices {
    #private;
    constructor(onListenerError: (event: string, error: unknown) => void);
    provide(provision: Provision): void;
    withdraw(provision: Provision): void;
    has(name: string): boolean;
    emit(provision: Provision, event: string, payload: unknown): void;
    discover(watcher: (ref: ServiceRef) => void): Undo;
    facade<T extends object, E extends object>(ref: ServiceRef<T, E>, own: (label: string, undo: Undo) => Undo): Facade<T, E>;
}

// sdk/testing/leaks.d.ts
export declare class Leaks {
    #private;
    constructor();
    run<T>(act: () => T): T;
    begin(id: number, kind: string): void;
    end(id: number): void;
    finish(): Promise<string[]>;
}

// sdk/testing/memory.d.ts
import type { Env, Files, KeyValue, Logger } from '../context.ts';
export interface LogLine {
    readonly level: 'debug' | 'info' | 'warn' | 'error';
    readonly plugin: string;
    readonly message: string;
    readonly fields: Readonly<Record<string, unknown>>;
}
export declare function logger(plugin: string, lines: LogLine[]): Logger;
export declare function keyValue(values: Map<string, unknown>): KeyValue;
export declare function files(texts: Map<string, string>): Files;
export declare function environment(env: Readonly<Record<string, string | undefined>>): Env;

// sdk/testing/payloads.d.ts
import type { AgentEvent, BudgetQuestion, CrashReport, OutputBatch, PostCommandCall, PreCommandCall, SessionEnd, SessionInfo, SessionStart, SpawnSpec } from '@vp/schemas/types';
import type { SessionCrashReport } from '../services/crash.ts';
export type Part<T> = Partial<Omit<T, 'session'>> & {
    readonly session?: Partial<SessionInfo>;
};
export declare function sessionInfo(part?: Partial<SessionInfo>): SessionInfo;
export declare function preCommand(part?: Part<PreCommandCall>): PreCommandCall;
export declare function preEdit(part?: Part<PreCommandCall>): PreCommandCall;
export declare function postCommand(part?: Part<PostCommandCall>): PostCommandCall;
export declare function postEdit(part?: Part<PostCommandCall>): PostCommandCall;
export declare function preSpawn(part?: Part<SpawnSpec>): SpawnSpec;
export declare function budgetCheck(part?: Part<BudgetQuestion>): BudgetQuestion;
export declare function onCrash(part?: Part<CrashReport>): CrashReport;
export declare function sessionCrashReport(part?: Part<SessionCrashReport>): SessionCrashReport;
export declare function sessionStart(part?: Part<SessionStart>): SessionStart;
export declare function sessionEnd(part?: Part<SessionEnd>): SessionEnd;
export declare function onOutput(events: readonly Partial<AgentEvent>[], part?: Part<OutputBatch>): OutputBatch;

// sdk/testing/scope.d.ts
import type { Disposable, Undo } from '../context.ts';
import { Leaks } from './leaks.ts';
export interface StopReport {
    readonly ended: readonly string[];
    readonly errors: readonly {
        readonly label: string;
        readonly why: string;
    }[];
    readonly open: readonly string[];
}
export declare class TestScope {
    #private;
    readonly leaks: Leaks;
    constructor(warn: (message: string) => void);
    get signal(): AbortSignal;
    get labels(): string[];
    own(label: string, thing: Disposable): Undo;
    dispose(limitMs: number): Promise<StopReport>;
}
export declare function within(ms: number, act: () => unknown): Promise<boolean>;
export declare function isThenable(value: unknown): value is PromiseLike<unknown>;

// sdk/testing/taps.d.ts
import type { HookName, TapOptions } from '../hooks.ts';
export interface TapRow {
    readonly hook: HookName;
    readonly plugin: string;
    readonly order: 'pre' | 'normal' | 'post';
    readonly after: readonly string[];
    readonly guard: boolean;
    readonly shadow: boolean;
    readonly calls: number;
    readonly errors: number;
}
export interface TestTap extends TapRow {
    calls: number;
    errors: number;
    readonly run: (payload: unknown) => unknown;
}
export type OnTapError = (tap: TestTap, why: string) => void;
export declare function newTap(hook: HookName, plugin: string, options: TapOptions, run: (payload: unknown) => unknown): TestTap;
export declare function sortTaps(taps: readonly TestTap[], plugins: ReadonlySet<string>): TestTap[];
export declare function pass(hook: HookName, taps: readonly TestTap[], payload: unknown, onError: OnTapError): unknown;
export declare function freezeDeep<T>(value: T): T;

// sdk/testing/test-plugin.d.ts
import type { PluginManifest } from '@vp/schemas/types';
import type { PluginContext } from '../context.ts';
import type { HookName, HookResults, HookTypes } from '../hooks.ts';
import { type Facade, type ServiceRef } from '../service.ts';
import { type AnyPlugin } from './fake-generation.ts';
import { type FakeService } from './fake-services.ts';
import { type LogLine } from './memory.ts';
import type { StopReport } from './scope.ts';
import { type TapRow } from './taps.ts';
export interface TestOptions {
    readonly config?: Readonly<Record<string, unknown>>;
    readonly manifest?: Partial<PluginManifest>;
    readonly services?: readonly FakeService[];
    readonly beside?: TestPlugin;
    readonly env?: Readonly<Record<string, string>>;
    readonly files?: Readonly<Record<string, string>>;
    readonly kv?: Readonly<Record<string, unknown>>;
    readonly home?: string;
    readonly fetch?: typeof globalThis.fetch;
}
export interface TestPlugin {
    readonly name: string;
    readonly ctx: PluginContext;
    readonly log: readonly LogLine[];
    readonly kv: ReadonlyMap<string, unknown>;
    readonly files: ReadonlyMap<string, string>;
    readonly taps: readonly TapRow[];
    readonly owned: readonly string[];
    fire<H extends HookName>(hook: H, payload: HookTypes[H]['payload']): HookResults[H];
    use<T extends object, E extends object>(ref: ServiceRef<T, E>): Facade<T, E>;
    provide<T extends object, E extends object>(ref: ServiceRef<T, E>, implementation: Partial<T>): {
        emit<K extends keyof E & string>(event: K, payload: E[K]): void;
        withdraw(): void;
    };
    reload(definition: AnyPlugin, config?: Readonly<Record<string, unknown>>): Promise<StopReport>;
    stop(): Promise<StopReport>;
}
export declare function testPlugin(definition: AnyPlugin, options?: TestOptions): Promise<TestPlugin>;

// sdk/verdict.d.ts
export type Level = 'allow' | 'ask' | 'deny';
export interface Objection {
    readonly reason: string;
    readonly rule?: string;
    readonly instead?: string;
}
export interface Ask extends Objection {
    readonly level: 'ask';
}
export interface Deny extends Objection {
    readonly level: 'deny';
}
export interface Allow {
    readonly level: 'allow';
}
export type Finding = Ask | Deny;
export declare function allow(): Allow;
export declare function ask(objection: string | Objection): Ask;
export declare function deny(objection: string | Objection): Deny;
export declare function isDeny(value: unknown): value is Deny;
