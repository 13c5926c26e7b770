/** What `vp doctor` looks at for the store. Only files: the database itself may be in use. */
import { closeSync, existsSync, openSync, readdirSync, readSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { reasonOf, type CheckResult, type Checks } from '@vp/sdk';

const HEADER_BYTES = 100;
const MARK = 'SQLite format 3\0';
/** Where the header of a database has the version of its schema. */
const VERSION_AT = 60;

const checks: Checks = ({ home }) => {
  const results = existsSync(join(home, 'state.db')) ? [databaseCheck(home)] : [absent(home)];
  return Promise.resolve([...results, ...leftovers(home)]);
};

export default checks;

function absent(home: string): CheckResult {
  return { name: 'state', state: 'ok', detail: `none in ${home} yet; it is made at the first start` };
}

function databaseCheck(home: string): CheckResult {
  const path = join(home, 'state.db');
  const name = 'state';
  try {
    const size = ['', '-wal'].reduce((sum, part) => sum + (statSync(path + part, { throwIfNoEntry: false })?.size ?? 0), 0);
    const header = headerOf(path);
    if (header.toString('latin1', 0, MARK.length) !== MARK) {
      const hint = 'Restart the service: it puts a damaged database aside and saves what can be read of it.';
      return { name, state: 'failed', detail: `${path} is no database any more`, hint };
    }
    const detail = `${path}, ${(size / 1e6).toFixed(1)} MB, schema ${header.readUInt32BE(VERSION_AT)}`;
    if (existsSync(`${path}.suspect`))
      return {
        name,
        state: 'failed',
        detail: `${detail}; damage was met while it was in use`,
        hint: 'Restart the service: it checks the database then.',
      };
    if ((statSync(path).mode & 0o077) !== 0)
      return { name, state: 'warning', detail: `${detail}; other users can read it`, hint: `chmod 600 ${path}` };
    return { name, state: 'ok', detail };
  } catch (error) {
    return {
      name,
      state: 'failed',
      detail: `${path} cannot be read: ${reasonOf(error)}`,
      hint: 'Make it readable and writable for this user.',
    };
  }
}

function headerOf(path: string): Buffer {
  const header = Buffer.alloc(HEADER_BYTES);
  const file = openSync(path, 'r');
  try {
    readSync(file, header, 0, HEADER_BYTES, 0);
    return header;
  } finally {
    closeSync(file);
  }
}

/** Files that the store leaves for a person to decide about. */
function leftovers(home: string): CheckResult[] {
  if (!existsSync(home)) return [];
  const names = readdirSync(home).filter((name) => name.startsWith('state.db.') && !/-(?:wal|shm)$/.test(name));
  const aside = names.filter((name) => name.startsWith('state.db.corrupt-')).map((name) => join(home, name));
  const copies = names.filter((name) => name.endsWith('.bak')).map((name) => join(home, name));
  const results: CheckResult[] = [];
  if (aside.length > 0) {
    const hint = `A new database has what could be read of it (\`vp store info\` says how much). Compare with a backup, then remove: ${aside.join(' ')}`;
    results.push({ name: 'damaged state', state: 'warning', detail: `${aside.length} put aside`, hint });
  }
  if (copies.length > 0) {
    const detail = `${copies.length} from before a change of schema (the newest 3 are kept): ${copies.join(' ')}`;
    results.push({ name: 'state copies', state: 'ok', detail });
  }
  return results;
}
