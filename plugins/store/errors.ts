/** The errors of @vp/store, and which of them a fault of an engine is. */
import { defineErrors, isVpError, reasonOf, type VpError } from '@vp/sdk';

/** Makes an error of this plugin. */
export const errors = defineErrors({
  VP_STORE_CONFLICT: {
    message: 'The document {collection}/{id} is not at version {version}',
    hint: 'Read it again and apply the change to what is there now.',
  },
  VP_STORE_VALUE: { message: '{what} {why}', hint: 'Store plain JSON, under names of at most 512 characters.' },
  VP_STORE_FULL: {
    message: 'There is no space left for the state in {location}',
    hint: 'Free some space. Nothing of this call was stored; what was stored before is safe, and new calls work once there is space.',
  },
  VP_STORE_READONLY: {
    message: 'The state in {location} cannot be written: {why}',
    hint: 'Make the file and its folder readable and writable for this user, or set VP_HOME to a folder that is.',
  },
  VP_STORE_BUSY: {
    message: 'Another program holds the state in {location}',
    hint: 'Close what has it open, such as a database browser, and try again.',
  },
  VP_STORE_BROKEN: {
    message: 'The state in {location} could not be used: {why}',
    hint: 'Look at the disk and its log. Restart the service: it checks the database then, puts a damaged one aside and saves what can be read.',
  },
  VP_STORE_NEWER: {
    message: 'The state in {location} was written by {writer} (schema {found}); this version knows schemas up to {known}',
    hint: 'Install that version or a later one, or set VP_HOME to another folder. The state was not touched.',
  },
  VP_STORE_MIGRATION: {
    message: 'The state in {location} could not be brought from schema {from} to {to} ({name}): {why}',
    hint: 'The state is as it was at schema {from}. Go on with the version of VP before, and report this. A copy from before is {backup}.',
  },
  VP_STORE_TARGET: { message: 'The file {path} cannot be made: {why}', hint: 'Give the absolute path of a file that does not exist yet.' },
  VP_STORE_CLOSED: { message: 'The store has stopped', hint: 'Nothing of this call was stored. Call again when the service has started.' },
  VP_STORE_RESTART: {
    message: 'This version of @vp/store needs schema {known} and the running one has opened the state with schema {found}',
    hint: 'Restart the service; a reload cannot change the schema under what runs.',
  },
});

/** What kind of thing went wrong in an engine. */
export type Fault = 'full' | 'readonly' | 'busy' | 'corrupt' | 'other';

/** The kind that an engine's error says it is. Told by its field, since engine and caller may come from two versions of this plugin. */
export function faultOf(error: unknown): Fault {
  if (!(error instanceof Error)) return 'other';
  if ('fault' in error) return error.fault as Fault;
  const code = 'code' in error ? error.code : undefined;
  if (code === 'ENOSPC' || code === 'EDQUOT') return 'full';
  return code === 'EROFS' || code === 'EACCES' || code === 'EPERM' ? 'readonly' : 'other';
}

/** An error of an engine or of the file system as one of the table; errors of the table stay as they are. */
export function storeError(error: unknown, location: string): VpError {
  if (isVpError(error)) return error;
  const why = reasonOf(error);
  const fault = faultOf(error);
  switch (fault) {
    case 'full':
      return errors('VP_STORE_FULL', { location }, { cause: error });
    case 'readonly':
      return errors('VP_STORE_READONLY', { location, why }, { cause: error });
    case 'busy':
      return errors('VP_STORE_BUSY', { location }, { cause: error });
    case 'corrupt':
    case 'other':
      return errors('VP_STORE_BROKEN', { location, why }, { cause: error });
    default:
      return fault satisfies never;
  }
}
