/** Errors of the commands; what is wrong with a plugin itself is in the sandbox's own table. */
import { defineErrors } from '@vp/sdk';

/** Makes an error of the table. */
export const commandError = defineErrors({
  VP_PLUGIN_NAME: {
    message: '"{name}" cannot be the name of a plugin',
    hint: 'Use small letters, digits, dots, dashes and underscores, such as no-friday; a scope may come first: @acme/guard.',
  },
  VP_PLUGIN_OPTION: { message: '{what}', hint: 'See `vp plugin {command} --help`.' },
  VP_PLUGIN_EXISTS: { message: '{file} is there already', hint: 'Choose another name, or another folder with --dir; nothing was written.' },
  VP_PLUGIN_UNWRITABLE: { message: '{file} cannot be written: {why}', hint: 'Choose a folder that this user may write.' },
  VP_PLUGIN_CASES: {
    message: 'the cases cannot be used:\n{problems}',
    hint: 'Mend the lines named above; `vp plugin new` writes an example.',
  },
  VP_PLUGIN_PACK: { message: 'plugin "{plugin}" cannot be packed: {why}' },
  VP_GRANT_CONFIRM: {
    message: 'nobody can be asked here whether plugin "{plugin}" may have this',
    hint: 'Read what is listed above; if it is right, run the command again with --yes.',
  },
});
