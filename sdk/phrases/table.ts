/**
 * The published table of phrases. A charter's word for an action means what is written here, never what a text looks like. Adding a row
 * or a synonym is additive; narrowing what a row covers is a breaking change.
 */
import { FILES } from './files.ts';
import { GIT } from './git.ts';
import { GUARD } from './guard.ts';
import { MACHINE } from './machine.ts';
import { NETWORK } from './network.ts';
import { RELEASES } from './releases.ts';
import { WORK } from './work.ts';
import type { PhraseRow } from './row.ts';

/** All rows. */
export const PHRASES: readonly PhraseRow[] = [...FILES, ...GIT, ...RELEASES, ...MACHINE, ...NETWORK, ...GUARD, ...WORK];
