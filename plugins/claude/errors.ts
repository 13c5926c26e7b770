/** What can go wrong with sessions: one row each. */
import { defineErrors } from '@vp/sdk';

/** Makes an error of this plugin. */
export const errors = defineErrors({
  VP_CLAUDE_MISSING: {
    message: 'The agent\'s program "{bin}" was not found',
    hint: 'Install Claude Code so that `claude` is on the PATH, or name it with VP_CLAUDE_BIN or the option "bin" of @vp/claude.',
  },
  VP_CLAUDE_UNFIT: {
    message: 'The installed agent {bin} (version {version}) cannot be governed: {why}',
    hint: 'Install another version of Claude Code. The check is repeated when the program changes, or when canary.json in the state folder is deleted.',
  },
  VP_CWD_INVALID: {
    message: 'The working directory "{cwd}" {why}',
    hint: 'Give the absolute path of a directory that this user can read and enter.',
  },
  VP_PROMPT_EMPTY: { message: 'The prompt is empty', hint: 'Say what the agent is to do.' },
  VP_SPAWN_REFUSED: {
    message: 'The session was refused by {plugin}: {reason}',
    hint: 'Change the request, or the plugin that refused it. {instead}',
  },
  VP_SPAWN_FAILED: {
    message: 'The session could not be started: {why}',
    hint: "Look at the kernel's log; `vp doctor` checks what sessions need.",
  },
  VP_SESSION_UNKNOWN: { message: 'There is no session {id}', hint: '`vp sessions` lists those that are known.' },
  VP_SESSION_ENDED: {
    message: 'Session {id} takes no more input: {why}',
    hint: 'Start a new session, with "resume" to go on with the conversation.',
  },
  VP_CONVERSATION_BUSY: {
    message: 'The conversation {conversation} is in use by a session that runs',
    hint: 'Two writers would lose one of the branches: wait for that session to end, or send it your input.',
  },
  VP_SESSION_RUNNING: {
    message: 'Session {id} has not ended',
    hint: 'Send it your input, or end it first with `vp session stop`.',
  },
  VP_SESSION_ID_TAKEN: {
    message: 'The id "{id}" cannot be used for a new session: {why}',
    hint: 'Give a UUID that no session has had, or none.',
  },
  VP_UNGOVERNED: {
    message: 'A session of type "{type}" has no gate: nothing would judge what it does',
    hint: 'Set "allowUngoverned": true in the options of @vp/claude to permit such sessions.',
  },
  VP_COMMAND_MISSING: { message: 'A session of type "command" needs a program', hint: 'Give "command" as a list: program and arguments.' },
  VP_DISK_LOW: {
    message: 'Only {free} MB are free where sessions are kept; {reserve} MB are held in reserve',
    hint: 'Free some space, or lower "reserveMb" of @vp/claude.',
  },
  VP_PLATFORM: {
    message: 'Sessions cannot be held on {platform}',
    hint: 'On Windows, run VP inside WSL.',
  },
});
