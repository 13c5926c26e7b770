/** The agent's control protocol: what VP says, one JSON object a line. Pure. */

import { objectIn, type Json } from './json.ts';

/** The id of the callback that the agent asks before each tool call. */
const GATE_CALLBACK = 'gate';

/** Request ids of the opening, the same in each session, so that an adopting kernel knows the answers. */
export const INITIALIZE_ID = 'vp-initialize';
export const SETTINGS_ID = 'vp-settings';

/** In seconds: the longest that every agent version takes without an overflow. */
const CALLBACK_TIMEOUT_S = 2_147_483;

/** Asks for a callback before every tool call; a callback that fails blocks the call. */
export function initialize(): string {
  const gate = { matcher: '*', hookCallbackIds: [GATE_CALLBACK], timeout: CALLBACK_TIMEOUT_S, onFailure: 'block' };
  return request(INITIALIZE_ID, { subtype: 'initialize', hooks: { PreToolUse: [gate] } });
}

/** Asks which settings are in force. */
export function getSettings(): string {
  return request(SETTINGS_ID, { subtype: 'get_settings' });
}

/** Stops the turn. */
export function interrupt(id: string): string {
  return request(id, { subtype: 'interrupt' });
}

/** A message of the user. */
export function userMessage(text: string, uuid: string): string {
  return line({ type: 'user', message: { role: 'user', content: text }, parent_tool_use_id: null, session_id: '', uuid });
}

/** The answer to a callback: no objection, or a refusal. */
export function callbackAnswer(requestId: string, denial: string | undefined): string {
  if (denial === undefined) return success(requestId, {});
  const hookSpecificOutput = { hookEventName: 'PreToolUse', permissionDecision: 'deny', permissionDecisionReason: denial };
  return success(requestId, { hookSpecificOutput });
}

/** Lets a call run, on exactly this input. */
export function allowTool(requestId: string, input: Json): string {
  return success(requestId, { behavior: 'allow', updatedInput: input });
}

/** Refuses a call; the text reaches the model. */
export function denyTool(requestId: string, message: string): string {
  return success(requestId, { behavior: 'deny', message });
}

/** The answer to a question that VP does not serve. */
export function refuse(requestId: string, error: string): string {
  return line({ type: 'control_response', response: { subtype: 'error', request_id: requestId, error } });
}

/** Why the settings in force do not hold the gate; undefined where they do. */
export function settingsFault(response: Json): string | undefined {
  const problems = response['errors'];
  if (Array.isArray(problems) && problems.length > 0)
    return `the agent reports errors in its settings: ${JSON.stringify(problems).slice(0, 500)}`;
  const permissions = objectIn(objectIn(response, 'effective'), 'permissions');
  const ask = permissions['ask'];
  if (Array.isArray(ask) && ask.includes('*')) return undefined;
  return 'the rule that asks before every tool call is not in force';
}

function request(id: string, body: Json): string {
  return line({ type: 'control_request', request_id: id, request: body });
}

function success(requestId: string, response: Json): string {
  return line({ type: 'control_response', response: { subtype: 'success', request_id: requestId, response } });
}

function line(message: Json): string {
  return `${JSON.stringify(message)}\n`;
}
