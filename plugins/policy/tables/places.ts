/** Files by their name: what would run them, and what they hold. Sources: githooks(5), make(1), npm package.json scripts, GitHub Actions and GitLab CI documentation. */
import type { Language } from '../types.ts';

/** What a file's content is when it runs. */
export type Content = Language | 'shell' | 'make' | 'package' | 'ci' | 'docker';

const BY_END: readonly (readonly [RegExp, Content])[] = [
  [/\.(?:sh|bash|zsh|ksh|dash|bats|command)$/i, 'shell'],
  [/(?:^|\/)(?:GNUmakefile|[Mm]akefile|.*\.mk)$/, 'make'],
  [/(?:^|\/)package\.json$/, 'package'],
  [
    /(?:^|\/)\.github\/(?:workflows|actions)\/.*\.ya?ml$|(?:^|\/)\.gitlab-ci\.ya?ml$|(?:^|\/)\.circleci\/config\.yml$|(?:^|\/)action\.ya?ml$/,
    'ci',
  ],
  [/(?:^|\/)(?:Dockerfile|Containerfile)(?:\.[\w-]+)?$|\.dockerfile$/i, 'docker'],
  [/\/(?:\.git\/hooks|\.husky|\.githooks)\/[^/.]+$/, 'shell'],
  [/\.pyw?$/, 'python'],
  [/\.p[lm]$/, 'perl'],
  [/\.rb$/, 'ruby'],
  [/\.(?:[cm]?js|[cm]?ts|jsx|tsx)$/, 'node'],
  [/\.php$/, 'php'],
  [/\.lua$/, 'lua'],
  [/\.awk$/, 'awk'],
];

const BY_SHEBANG: readonly (readonly [RegExp, Content])[] = [
  [/\b(?:ba|z|k|da|a)?sh\b/, 'shell'],
  [/\bpython[\d.]*\b/, 'python'],
  [/\bperl\b/, 'perl'],
  [/\bruby\b/, 'ruby'],
  [/\b(?:node|deno|bun|tsx)\b/, 'node'],
  [/\bphp\b/, 'php'],
  [/\bawk\b/, 'awk'],
  [/\blua\b/, 'lua'],
  [/\bmake\b/, 'make'],
];

/** What a file holds, by its name, else by its first line; undefined where neither tells. */
export function contentOf(path: string, text: string): Content | undefined {
  const first = text.startsWith('#!') ? text.slice(0, text.indexOf('\n') < 0 ? 120 : Math.min(120, text.indexOf('\n'))) : '';
  if (first) return BY_SHEBANG.find(([line]) => line.test(first))?.[1] ?? 'other';
  return BY_END.find(([name]) => name.test(path))?.[1];
}

/** What people source to set up a tool. Sources: the installation manuals of nvm, rustup, rvm, sdkman, conda, ghcup, Nix. */
const ENVIRONMENT =
  /\/(?:\.nvm\/nvm\.sh|\.cargo\/env|\.rvm\/scripts\/rvm|\.sdkman\/bin\/sdkman-init\.sh|etc\/profile\.d\/(?:conda|nix|nix-daemon)\.sh|\.ghcup\/env|\.asdf\/asdf\.sh|\.local\/bin\/env|bin\/activate|\.bashrc|\.profile|\.bash_profile|\.zshrc)$|^\/etc\/(?:profile|bash\.bashrc|bash_completion)$/;

/** Whether a file only sets up a tool of the user's. */
export function setsUp(path: string): boolean {
  return ENVIRONMENT.test(path);
}

/** Content that runs by itself at the next build, commit or test, or as a command, so that writing it is looked at. */
export function runsLater(content: Content | undefined): content is 'shell' | 'make' | 'package' | 'ci' {
  return content === 'shell' || content === 'make' || content === 'package' || content === 'ci';
}
