/**
 * Places that no agent may change: VP, the agent's own settings, and what makes something run later.
 * Sources: bash(1) INVOCATION, zsh(1) STARTUP/SHUTDOWN FILES, crontab(5), systemd.unit(5), XDG autostart specification,
 * launchd.plist(5), githooks(5), sshd(8) AUTHORIZED_KEYS, ld.so(8), pam_env(8); Claude Code documentation: settings files.
 */
import type { Op } from './ops.ts';

/** In the home folder, by name. */
const HOME_STARTUP =
  /^(?:\.bashrc|\.bash_profile|\.bash_login|\.bash_logout|\.bash_aliases|\.profile|\.zshrc|\.zshenv|\.zprofile|\.zlogin|\.zlogout|\.kshrc|\.cshrc|\.tcshrc|\.login|\.inputrc|\.xinitrc|\.xprofile|\.xsession|\.xsessionrc|\.pam_environment|\.gitconfig|\.config\/git\/(?:config|hooks.*)|\.vimrc|\.vim\/.*|\.config\/nvim\/.*|\.exrc|\.emacs(?:\.d\/.*)?|\.tmux\.conf|\.screenrc|\.gdbinit|\.pythonrc|\.irbrc|\.pryrc|\.config\/fish\/.*|\.config\/autostart(?:\/.*)?|\.config\/systemd\/.*|\.local\/share\/systemd\/.*|\.config\/environment\.d\/.*|\.local\/share\/applications\/.*|\.local\/bin\/.*|Library\/LaunchAgents(?:\/.*)?|\.ssh\/(?:authorized_keys2?|rc|config|environment)|\.config\/pip\/pip\.conf|\.forward|\.procmailrc)$/;
const SYSTEM_STARTUP =
  /^\/(?:etc\/(?:profile(?:\.d\/.*)?|bash\.bashrc|bashrc|zsh\/.*|zshenv|zshrc|environment|cron[^/]*(?:\/.*)?|anacrontab|at\.allow|systemd\/.*|init\.d\/.*|rc\.local|rc\d?\.d\/.*|ld\.so\.preload|ld\.so\.conf(?:\.d\/.*)?|pam\.d\/.*|xdg\/autostart\/.*|gitconfig|inetd\.conf|update-motd\.d\/.*|udev\/.*|modules-load\.d\/.*)|var\/spool\/(?:cron|at)(?:\/.*)?|(?:usr\/)?lib\/systemd\/.*|Library\/Launch(?:Agents|Daemons)\/.*)$/;
const GIT_HOOK = /\/\.git\/(?:modules\/[^*]*\/)?hooks(?:\/(?!.*\.sample$).*)?$/;
const GIT_CONFIG = /\/\.git\/(?:modules\/[^*]*\/)?(?:config|config\.worktree|info\/attributes)$/;
const AGENT =
  /\/\.claude(?:\/.*)?$|\/\.claude\.json$|\/managed-settings\.json$|\/\.mcp\.json$|\/\.(?:codex|gemini|cursor)\/(?:config|settings|hooks|auth|mcp)[^/]*$/;
const VP = /\/\.vp(?:\/.*)?$|\/vp\.config\.[a-z]+$|\/vp(?:-[0-9a-f]+)?\.sock$/;
const HISTORY = /\/\.(?:bash|zsh|sh)_history$|^\/var\/log\/(?:auth\.log|secure|wtmp|btmp|lastlog|audit(?:\/.*)?)$/;

/** What changing an absolute path would tamper with; undefined where nothing. */
export function guardAt(path: string, home: string, vp: { readonly home: string; readonly guarded: readonly string[] }): Op | undefined {
  if (VP.test(path) || [vp.home, ...vp.guarded].some((place) => place !== '' && (path === place || path.startsWith(`${place}/`)))) {
    return 'guard.vp';
  }
  if (AGENT.test(path)) return 'guard.agent';
  if (HISTORY.test(path)) return 'guard.history';
  if (GIT_HOOK.test(path) || SYSTEM_STARTUP.test(path)) return 'guard.persist';
  if (GIT_CONFIG.test(path)) return 'git.config';
  if (path.startsWith(`${home}/`) && HOME_STARTUP.test(path.slice(home.length + 1))) return 'guard.persist';
  return /^\/(?:root|home\/[^/]+)\/\.(?:ssh\/authorized_keys2?|bashrc|zshrc|profile|bash_profile)$/.test(path)
    ? 'guard.persist'
    : undefined;
}

/** Variables that switch a safeguard off, or turn the agent's hooks away. */
export const BYPASS_VARIABLE = /_BYPASS$|^BYPASS_|^VP_|^CLAUDE_|^ANTHROPIC_BASE_URL$|^DISABLE_(?:HOOKS|SAFETY)/;
/** Variables of that name which only tell where something is, or tune what is harmless. */
export const HARMLESS_VARIABLE = /^CLAUDE_(?:CODE_MAX_OUTPUT_TOKENS|PROJECT_DIR)$/;

/**
 * Variables by which another program runs what they name. Sources: bash(1), ld.so(8), git(1), less(1), man(1), node(1),
 * python(1), perlrun(1), ruby(1), ssh(1), make(1).
 */
export const HOOK_VARIABLES: Readonly<Record<string, 'command' | 'file' | 'options'>> = {
  BASH_ENV: 'file',
  ENV: 'file',
  PROMPT_COMMAND: 'command',
  PS4: 'command',
  LD_PRELOAD: 'file',
  LD_LIBRARY_PATH: 'file',
  LD_AUDIT: 'file',
  DYLD_INSERT_LIBRARIES: 'file',
  DYLD_LIBRARY_PATH: 'file',
  PAGER: 'command',
  GIT_PAGER: 'command',
  MANPAGER: 'command',
  SYSTEMD_PAGER: 'command',
  LESSOPEN: 'command',
  LESSCLOSE: 'command',
  EDITOR: 'command',
  VISUAL: 'command',
  GIT_EDITOR: 'command',
  GIT_SEQUENCE_EDITOR: 'command',
  GIT_SSH: 'command',
  GIT_SSH_COMMAND: 'command',
  GIT_ASKPASS: 'command',
  SSH_ASKPASS: 'command',
  SUDO_ASKPASS: 'command',
  GIT_EXTERNAL_DIFF: 'command',
  GIT_PROXY_COMMAND: 'command',
  GIT_EXEC_PATH: 'file',
  GIT_TEMPLATE_DIR: 'file',
  BROWSER: 'command',
  RSYNC_RSH: 'command',
  TAR_OPTIONS: 'options',
  NODE_OPTIONS: 'options',
  PYTHONSTARTUP: 'file',
  PERL5OPT: 'options',
  PERL5DB: 'command',
  RUBYOPT: 'options',
  JAVA_TOOL_OPTIONS: 'options',
  RUSTC_WRAPPER: 'command',
  MAKEFLAGS: 'options',
};

/** Names of VP's own processes and of what it holds. */
export const OWN_NAME =
  /(?:^|[^\w.])(?:\[?v\]?p(?:[^\w.]|$)|vp[-_](?:kernel|holder|agent)|\[?c\]?laude(?:[^\w]|$)|holder\.sh)|@vp\/|kernel\/bin/;
