/** What a guest is told of a file that cannot be used: the system's code, as Node gives it, with words of VP's own. */
import { isVpError, VpError } from '@vp/sdk';
import { denied, forGuest } from './refuse.ts';

/** The system's words hold paths of the machine; its code does not. */
export function fileError(thrown: unknown, what: string): unknown {
  if (isVpError(thrown)) return thrown;
  const code = (thrown as NodeJS.ErrnoException | undefined)?.code;
  if (code === undefined || !/^E[A-Z0-9]{2,20}$/.test(code)) return thrown;
  if (code === 'ELOOP' || code === 'EMLINK') return denied(what, 'it is a link, or one was put in its way; links are not followed');
  if (code === 'ENXIO') return denied(what, 'only regular files with one name are read and written');
  return forGuest(new VpError(code, `${what} failed: ${wordsOf(code)}`));
}

function wordsOf(code: string): string {
  switch (code) {
    case 'ENOENT':
      return 'there is no such file or folder; the folder must be there before a file is written into it';
    case 'ENOTDIR':
      return 'a name on the way is not a folder, or is a link';
    case 'EISDIR':
      return 'it is a folder';
    case 'EACCES':
    case 'EPERM':
      return 'the system does not let VP do that';
    case 'ENOSPC':
    case 'EDQUOT':
      return 'there is no space left';
    default:
      return `the system says ${code}`;
  }
}
