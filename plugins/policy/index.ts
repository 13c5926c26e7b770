/** @vp/policy: provides the service `policy` and taps `pre-command`. */
import {
  charters,
  definePlugin,
  policy,
  store,
  type CompiledCharter,
  type Finding,
  type PluginContext,
  type Policy,
  type PreCommandCall,
} from '@vp/sdk';
import { createPolicy } from './assemble.ts';
import { judge } from './judge/judge.ts';
import type { Taken } from './log/record.ts';
import { DecisionLog } from './log/writer.ts';
import type { PolicyService } from './service.ts';

/** Options of the plugin; `plugin.json` has their defaults. */
interface PolicyOptions {
  readonly logDecisions: boolean;
  readonly maxPending: number;
  readonly guarded: readonly string[];
  readonly shadowCharter?: string;
}

type Context = PluginContext<PolicyOptions>;

export default definePlugin<PolicyOptions>({
  name: '@vp/policy',
  setup(ctx) {
    const { log, config } = ctx;
    const source = ctx.use(charters);
    const decisions = config.logDecisions ? decisionLog(ctx) : undefined;
    const service = createPolicy({
      machine: {
        env: (name) => ctx.env.get(name),
        vpHome: ctx.home,
        // An edit of a sandboxed policy is in force at once, so none may be an agent's.
        get guarded() {
          return [...config.guarded, ...ctx.liveFiles()];
        },
      },
      charter: (id) => source.current(id),
      failed: (error) => log.error({ error }, 'a call could not be analysed and is asked'),
      record: (taken) => {
        decisions?.(taken);
        shadow?.(taken);
      },
    });
    const shadow = shadowCharter(ctx, service);
    ctx.provide(policy, service);
    ctx.hook('pre-command', (call) => objections(service, call));
  },
});

/** What stands in the way of a call, as findings of this plugin. */
function objections(service: Policy, { tool, input, session, cwd, facts }: PreCommandCall): Finding[] {
  const { findings } = service.judge({
    tool,
    input,
    cwd: cwd ?? session.cwd,
    workspace: session.cwd,
    ...(session.charter === undefined ? {} : { charter: session.charter }),
    ...(facts ? { facts } : {}),
  });
  return findings
    .filter(({ dischargedBy }) => dischargedBy === null)
    .map(({ level, rule, reason, instead }) => ({ level, rule, reason, ...(instead === null ? {} : { instead }) }));
}

/** Takes verdicts into the log of the store, where there is one. */
function decisionLog(ctx: Context): ((taken: Taken) => void) | undefined {
  const { log, config } = ctx;
  const target = ctx.use(store);
  const decisions = ctx.shared(
    'decision-log-1',
    () => new DecisionLog(),
    (last) => last.close(),
  );
  ctx.own('decision log', () => decisions.flush());
  ctx.onActivate(() =>
    decisions.attach({
      store: target,
      maxPending: config.maxPending,
      failing: (error) => log.error({ error }, 'verdicts cannot be written to the decision log; they go on'),
      recovered: (lost) => log.warn({ lost }, 'verdicts are written to the decision log again'),
    }),
  );
  ctx.onReady(() => {
    if (!ctx.has(store)) log.warn('there is no store, so no decision log is kept: add @vp/store to the config');
  });
  return (taken) => {
    if (ctx.has(store)) decisions.add(taken);
  };
}

/** Judges each call by the charter that is tried out as well, and logs what differs. */
function shadowCharter(ctx: Context, service: PolicyService): ((taken: Taken) => void) | undefined {
  const { log } = ctx;
  const file = ctx.config.shadowCharter;
  if (file === undefined) return undefined;
  const source = ctx.use(charters);
  let charter: CompiledCharter | undefined;
  ctx.onReady(() => {
    source.resolve(file).then(
      (resolved) => (charter = resolved),
      (error: unknown) => log.error({ error, charter: file }, 'the charter to be tried out cannot be used'),
    );
  });
  return ({ call, facts, judgement }) => {
    const tried = charter && (source.current(charter.id) ?? charter);
    if (!tried) return;
    const { verdict, rule } = judge({ call, facts, rules: service.rulesFor(tried), startedAt: performance.now() });
    if (verdict === judgement.verdict) return;
    const is = { verdict: judgement.verdict, rule: judgement.rule };
    log.info(
      { session: call.sessionId, call: call.callId, is, wouldBe: { verdict, rule } },
      'the charter that is tried out decides otherwise',
    );
  };
}
