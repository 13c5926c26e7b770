/** The table of effects of a program: by its name, and for names that no table has by its words. */
import { SAME } from '../tables/verbs.ts';
import { lookup } from '../tables/lookup.ts';
import type { Field, Handler, Invocation, Shell } from '../types.ts';
import { AGENTS } from './agents.ts';
import { ARCHIVES } from './archives.ts';
import { BUILDERS } from './builders.ts';
import { CONTAINERS } from './container.ts';
import { DATABASES } from './database.ts';
import { DEVICES } from './devices.ts';
import { FILES } from './files.ts';
import { FIND } from './find.ts';
import { GIT } from './git.ts';
import { isKnown, withText } from './help.ts';
import { INTERPRETERS } from './interpreters.ts';
import { NAMING } from './naming.ts';
import { NET } from './net.ts';
import { PACKAGES } from './packages.ts';
import { SEARCH } from './search.ts';
import { SHELLS } from './shells.ts';
import { SYSTEM } from './system.ts';
import { TEXT } from './text.ts';
import { VERB_HANDLERS } from './verbs.ts';
import { WRAPPER_HANDLERS } from './wrappers.ts';

const TABLE = lookup<Handler>(
  VERB_HANDLERS,
  WRAPPER_HANDLERS,
  SYSTEM,
  FILES,
  DEVICES,
  NAMING,
  FIND,
  SEARCH,
  TEXT,
  ARCHIVES,
  SHELLS,
  INTERPRETERS,
  NET,
  PACKAGES,
  BUILDERS,
  CONTAINERS,
  DATABASES,
  GIT,
  AGENTS,
);

const VERSIONED =
  /^(python|pip|pypy|perl|ruby|php|lua|node|nodejs|gcc|g\+\+|clang|java|bash|zsh|ksh|awk|sqlite|psql|irb|mkfs|erl)[-.]?\d[\d.]*$/;

/** The name under which a program stands in the tables. */
export function canonical(name: string): string {
  if (TABLE.has(name)) return name;
  const same = Object.hasOwn(SAME, name) ? SAME[name] : undefined;
  if (same !== undefined) return same;
  if (name.startsWith('mkfs.') || name.startsWith('fsck.')) return name.startsWith('fsck') ? 'fsck' : 'mkfs';
  const versioned = VERSIONED.exec(name)?.[1];
  if (versioned !== undefined) return versioned;
  return TABLE.has(name.toLowerCase()) && name !== name.toLowerCase() ? name.toLowerCase() : name;
}

const SYSTEM_FOLDER = /^(?:\/usr)?(?:\/local)?\/s?bin\/|^\/opt\/homebrew\/bin\/|^\/usr\/libexec\/|^\/snap\/bin\//;
const TOOL_FOLDER = /(?:^|\/)(?:node_modules\/\.bin|\.?venv\/bin|env\/bin|vendor\/bin|\.bin)\//;

/** What knows the effects of a command. */
export function handlerOf(cmd: Invocation): Handler {
  const handler = TABLE.get(canonical(cmd.name));
  if (!cmd.program.includes('/') || SYSTEM_FOLDER.test(cmd.program) || TOOL_FOLDER.test(cmd.program)) return handler ?? other;
  return handler ? both(handler) : ownProgram;
}

/** A program of its own folder that is named like a known one: it may be either. */
function both(handler: Handler): Handler {
  return (cmd, shell) => {
    shell.file(word(cmd), cmd.name, { positional: cmd.args });
    return handler(cmd, shell);
  };
}

const ownProgram: Handler = (cmd, shell) => {
  shell.file(word(cmd), cmd.name, { positional: cmd.args, stdin: cmd.stdin });
  leaks(cmd.args, shell);
};

/** The program's path as a word. */
function word(cmd: Invocation): Field {
  return { text: cmd.program, glob: false, taint: 0 };
}

/** A program that no table has. What it does is its own business; a secret handed to it is not. */
const other: Handler = (cmd, shell) => {
  shell.effect('exec.program', cmd.name);
  leaks(cmd.args, shell);
};

function leaks(args: readonly Field[], shell: Shell): void {
  for (const arg of args) {
    const value = arg.text.startsWith('-') ? (/^--?[\w-]+=(.+)$/.exec(arg.text)?.[1] ?? '') : arg.text.replace(/^@/, '');
    if (!/[/~.]/.test(value) || !isKnown(value) || /^https?:/.test(value)) continue;
    shell.readsSecret(withText(arg, value));
  }
}
