/** What an edit of a charter does to its rules. */
import type { Charter } from '@vp/sdk';
import { canonical } from './hash.ts';

/** An edit that does both loosens: what it takes away must not go unseen for what it adds. */
export type Effect = 'tightens' | 'loosens' | 'neutral';

/** Compares two versions of a charter. `README.md` has the same list in words. */
export function effectOf(before: Charter, after: Charter): Effect {
  const effects = [...ruleEffects(before, after), ...limitEffects(before, after), ...permissionEffects(before, after)];
  if (effects.includes('loosens')) return 'loosens';
  return effects.includes('tightens') ? 'tightens' : 'neutral';
}

function ruleEffects({ constraints: before }: Charter, { constraints: after }: Charter): Effect[] {
  return [
    rules(before.forbiddenCommands, after.forbiddenCommands),
    rules(before.forbiddenPatterns, after.forbiddenPatterns),
    rules(before.requiredApprovals, after.requiredApprovals),
    rules(before.requireConfirmation, after.requireConfirmation),
    rules(before.alwaysReject, after.alwaysReject),
    rules(before.escalate, after.escalate),
    permissions(before.autoApprove, after.autoApprove),
  ];
}

function limitEffects({ resources: before, operational: was }: Charter, { resources: after, operational: is }: Charter): Effect[] {
  return [
    limit(before.maxSessions, after.maxSessions),
    limit(before.maxConcurrentTasks, after.maxConcurrentTasks),
    limit(before.maxTokens, after.maxTokens),
    limit(before.maxExecutionTime, after.maxExecutionTime),
    limit(before.maxTurns, after.maxTurns),
    limit(before.maxCostUsd, after.maxCostUsd),
    limit(before.tokenBudget.hourly, after.tokenBudget.hourly),
    limit(before.tokenBudget.daily, after.tokenBudget.daily),
    // Neither direction of a share is the stricter one.
    canonical([before.tokenBudget.subscription, before.tokenBudget.api]) ===
    canonical([after.tokenBudget.subscription, after.tokenBudget.api])
      ? 'neutral'
      : 'loosens',
    limit(was.timeout, is.timeout),
    limit(was.maxRetries, is.maxRetries),
  ];
}

function permissionEffects({ resources: before, operational: was }: Charter, { resources: after, operational: is }: Charter): Effect[] {
  return [
    tools(before.allowedTools, after.allowedTools),
    permissions(was.env, is.env),
    permissions(flag('trustProject', was.trustProject), flag('trustProject', is.trustProject)),
    permissions(flag('sshAgent', was.sshAgent), flag('sshAgent', is.sshAgent)),
  ];
}

/** Rules restrict: losing one loosens. */
function rules(before: readonly string[], after: readonly string[]): Effect {
  if (before.some((rule) => !after.includes(rule))) return 'loosens';
  return after.some((rule) => !before.includes(rule)) ? 'tightens' : 'neutral';
}

/** Permissions allow: gaining one loosens. */
function permissions(before: readonly string[], after: readonly string[]): Effect {
  if (after.some((permission) => !before.includes(permission))) return 'loosens';
  return before.some((permission) => !after.includes(permission)) ? 'tightens' : 'neutral';
}

function tools(before: readonly string[] | undefined, after: readonly string[] | undefined): Effect {
  if (before && after) return permissions(before, after);
  if (before) return 'loosens';
  return after ? 'tightens' : 'neutral';
}

function limit(before: number | undefined, after: number | undefined): Effect {
  const [was, is] = [before ?? Infinity, after ?? Infinity];
  if (is > was) return 'loosens';
  return is < was ? 'tightens' : 'neutral';
}

function flag(name: string, set: boolean): readonly string[] {
  return set ? [name] : [];
}
