/**
 * Ends that the agent tells of: from the particular to the general; the first row that has a telling clue is taken. Texts and words are
 * those of Claude Code 2.1.329 and a few of older versions; the README has what was seen for each fault.
 */
import { clue, NO_MEMORY, type Row } from './row.ts';

const { oomKilled, status, stderr, subtype, terminal, text, usedUp, word } = clue;

const RECOVER = '`vp session recover ID` lets it go on afterwards.';
const STATUS_PAGE = "Look at the API's status page, or at the gateway in ANTHROPIC_BASE_URL, if it goes on.";

export const FAILED: readonly Row[] = [
  {
    type: 'billing',
    strategy: 'manual',
    clues: [
      text(
        /credit balance (is )?too low|out of (usage credits|extra usage|usage ·)|spend limit|specified API usage limits|payment required/i,
      ),
      word(/^(billing_error|model_requires_usage_credits|long_context_credits_required)$/),
      status(/^402$/),
    ],
    cause: 'The account has no credit left, or its spend limit is reached.',
    fixes: ['Add credit or raise the spend limit of the account.', RECOVER],
  },
  {
    type: 'limit_reached',
    strategy: 'manual',
    clues: [subtype(/^error_max_turns$/), terminal(/^max_turns$/), text(/^Reached maximum number of turns/)],
    cause: 'The session used up the turns that it was allowed.',
    fixes: ['Raise `maxTurns` in the request or the charter, or split the task.', RECOVER],
  },
  {
    type: 'limit_reached',
    strategy: 'manual',
    clues: [subtype(/^error_max_budget_usd$/), terminal(/^budget_exhausted$/), text(/^Reached maximum budget/)],
    cause: 'The session spent the money that it was allowed.',
    fixes: ['Raise `maxCostUsd` in the request or the charter, or split the task.', RECOVER],
  },
  {
    type: 'limit_reached',
    strategy: 'manual',
    clues: [text(/output grew past/)],
    cause: 'The session wrote more output than it may.',
    fixes: ['Raise the option `transcriptMb` of @vp/claude, or split the task.'],
  },
  {
    type: 'limit_reached',
    strategy: 'manual',
    clues: [subtype(/^error_max_structured_output_retries$/), word(/^max_output_tokens$/), text(/output token maximum/i)],
    cause: "The model's answer was longer than allowed, or never had the form that was asked for.",
    fixes: ['Ask for smaller answers, or raise CLAUDE_CODE_MAX_OUTPUT_TOKENS.', RECOVER],
  },
  {
    type: 'context_overflow',
    strategy: 'immediate',
    clues: [
      terminal(/^prompt_too_long$/),
      text(/^Prompt is too long|^Request too large|prompt is too long:/i),
      word(/^(message_over_context_limit|autocompact_thrashing)$/),
      status(/^413$/),
    ],
    cause: "The conversation is larger than the model's context.",
    fixes: ['Split the task, or give the agent less to read at once.', 'Choose a model with a larger context.'],
  },
  {
    type: 'resume_failed',
    strategy: 'immediate',
    clues: [
      text(/No conversation found|Session ID \S+ is already in use/i, 0.95),
      stderr(/No conversation found|Session ID \S+ is already in use/i, 0.9),
      text(/tool use concurrency|orphaned tool_result|unexpected .?tool_use_id|tool_use.? ids were found without/i),
      word(/^tool_history_mismatch$/),
    ],
    cause: 'The earlier conversation is not there any more, or is damaged.',
    fixes: ['Nothing, as long as a fresh conversation does; otherwise submit the task again.'],
  },
  {
    type: 'auth',
    strategy: 'manual',
    clues: [
      word(
        /^(authentication_failed|oauth_org_not_allowed|org_disabled_credential|account_on_hold|verification_required|stored_login_refused|oauth_refresh_store_refused|gateway_signin_required|gateway_session_expired|api_key_auth_disabled|invalid_credential_header|provider_credentials|cloud_credential_error)$/,
      ),
      status(/^40[13]$/),
      text(
        /Not logged in|Invalid API key|Failed to authenticate|(OAuth session|Login) expired|disabled organization|organization has been disabled/i,
      ),
      text(/service is disabled for your org|refused the agent's credentials/i),
    ],
    cause: 'The API does not accept the credentials of the agent.',
    fixes: ['Run `claude` and log in, or set a valid ANTHROPIC_API_KEY for the service.', RECOVER],
  },
  {
    type: 'overloaded',
    strategy: 'delayed',
    clues: [text(/not your usage limit/i), text(/\b529\b|overloaded/i), status(/^529$/), word(/^overloaded(_error)?$/)],
    cause: 'The API has too much to do at the moment.',
    fixes: ['Wait: this passes.', STATUS_PAGE],
  },
  {
    type: 'rate_limit',
    strategy: 'delayed',
    clues: [
      word(/^(usage_limit_reached|rate_limit(_error)?)$/),
      status(/^429$/),
      text(/^You've (hit|reached) your|Request rejected \(429\)/i),
      usedUp(0.4),
    ],
    cause: 'A limit of the account is used up for now.',
    fixes: ['Wait for its reset: VP does.', 'Run fewer sessions, or use an account with higher limits.'],
  },
  {
    type: 'config',
    strategy: 'manual',
    clues: [word(/^model_not_found$/), status(/^404$/, 0.6), text(/issue with the selected model/i)],
    cause: 'The model does not exist, or the account may not use it.',
    fixes: ['Name another model in the request or the charter.', RECOVER],
  },
  {
    type: 'config',
    strategy: 'manual',
    clues: [text(/the gate does not hold|refused the opening/)],
    cause: 'The agent did not take the settings without which no session may run.',
    fixes: ['Run `vp doctor`; install another version of Claude Code.'],
  },
  {
    type: 'config',
    strategy: 'manual',
    clues: [text(/program could not be run/)],
    cause: "The agent's program cannot be run.",
    fixes: ['Install Claude Code, or mend the option `bin` of @vp/claude. `vp doctor` looks.', RECOVER],
  },
  {
    type: 'config',
    strategy: 'manual',
    clues: [text(/\b(ENOSPC|EDQUOT)\b|no space left/i), stderr(/\b(ENOSPC|EDQUOT)\b|no space left/i)],
    cause: 'The disk is full.',
    fixes: ['Free space on the disk.', RECOVER],
  },
  {
    type: 'config',
    strategy: 'manual',
    clues: [word(/^tls_/), text(/self.signed certificate|unable to verify the first certificate/i)],
    cause: 'The certificate of the API or of a proxy before it is not trusted.',
    fixes: ['Give the certificate of your proxy in NODE_EXTRA_CA_CERTS.', RECOVER],
  },
  {
    type: 'config',
    strategy: 'manual',
    clues: [status(/^4(00|05|22)$/, 0.7), word(/^invalid_request$/, 0.7)],
    cause: 'The API refused the request as wrong; the same again would be refused again.',
    fixes: ['Read what the API says, and mend the options of the session or update Claude Code.', RECOVER],
  },
  {
    type: 'timeout',
    strategy: 'delayed',
    clues: [text(/Request timed out|response stopped arriving/i), word(/^stream_idle_timeout$/), status(/^(408|504)$/)],
    cause: 'The API did not answer in time.',
    fixes: ['Wait: this usually passes.', 'Raise API_TIMEOUT_MS where the API is slow.', STATUS_PAGE],
  },
  {
    type: 'network',
    strategy: 'delayed',
    clues: [
      word(/^(connection_failed|computer_slept|network_edge_blocked|gateway_content_type|no_response|empty_completion)$/),
      text(
        /\bE(CONN[A-Z]+|NOTFOUND|AI_AGAIN|HOSTUNREACH|NETUNREACH|PIPE)\b|connection (refused|dropped|lost|error)|unable to connect|socket hang up/i,
      ),
      text(/mid-response|fetch failed/i),
    ],
    cause: 'The API could not be reached, or the connection broke.',
    fixes: ['Check the network, the proxy and ANTHROPIC_BASE_URL.', STATUS_PAGE],
  },
  {
    type: 'overloaded',
    strategy: 'delayed',
    clues: [status(/^5\d\d$/), word(/^(server_error|api_error)$/, 0.6)],
    cause: 'The API has a fault at the moment.',
    fixes: ['Wait: this usually passes.', STATUS_PAGE],
  },
  {
    type: 'oom',
    strategy: 'delayed',
    clues: [stderr(NO_MEMORY), oomKilled(0.4)],
    cause: 'The process ran out of memory.',
    fixes: ['Run fewer sessions at the same time.', 'Give the machine, the container or the service more memory.', 'Split the task.'],
  },
  {
    type: 'permission',
    strategy: 'manual',
    clues: [text(/\b(EACCES|EPERM)\b|permission denied/i, 0.7), stderr(/\b(EACCES|EPERM)\b|permission denied/i)],
    cause: 'The agent may not read or write something that it needs.',
    fixes: ["Give the service's user access to the working directory and to the agent's own folder.", RECOVER],
  },
];
