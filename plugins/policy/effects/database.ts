/** Clients of databases: what their statements change. Sources: psql(1), mysql(1), sqlite3(1), mongosh, redis-cli manuals, GTFOBins: psql, mysql, sqlite3. */
import type { Field, Handler, Handlers, Invocation, Op, Shell } from '../types.ts';
import { field, withText } from './help.ts';
import { parseOptions } from './options.ts';

const DESTROYS =
  /^\s*(?:DROP\b|TRUNCATE\b|DELETE\s+FROM\b(?![^;]*\bWHERE\b)|ALTER\s+TABLE\s+[^;]*\bDROP\b|UPDATE\b(?![^;]*\bWHERE\b)[^;]*\bSET\b|PURGE\b|RESET\s+MASTER)/i;
const CHANGES =
  /^\s*(?:DELETE|UPDATE|INSERT|REPLACE|MERGE|ALTER|CREATE|GRANT|REVOKE|RENAME|COPY\b[^;]*\bFROM\b|VACUUM|REINDEX|CALL|DO\b|SET\s+(?:GLOBAL|PERSIST)|LOAD\s+DATA|ATTACH|LOCK|KILL|WITH\b[^;]*\b(?:DELETE|UPDATE|INSERT))\b/i;
const PROGRAM = /\bPROGRAM\s{0,8}'([^']*)'/i;

/** Looks at statements. */
function statements(text: Field, name: string, shell: Shell): void {
  if (text.text.includes('\uE001') && text.text.trim() === '\uE001')
    return shell.unknown('target', `what ${name} is told cannot be told`, text.span);
  for (const statement of withoutText(text.text).split(';').slice(0, 200)) {
    if (DESTROYS.test(statement)) shell.effect('migrate.destroy', statement.trim().slice(0, 80), { span: text.span });
    else if (CHANGES.test(statement)) shell.effect('migrate.change', statement.trim().slice(0, 80), { span: text.span });
  }
  const program = /\bCOPY\b/i.test(text.text) ? PROGRAM.exec(text.text)?.[1] : undefined;
  if (program !== undefined) shell.script(withText(text, program), `${name} COPY PROGRAM`);
  for (const line of text.text.split('\n').slice(0, 400)) clientCommand(line.trim(), text, name, shell);
}

/** Comments and quoted texts say nothing. */
function withoutText(sql: string): string {
  let plain = '';
  let at = 0;
  while (at < sql.length) {
    const end = sql.startsWith('--', at) ? '\n' : sql.startsWith('/*', at) ? '*/' : sql[at] === "'" ? "'" : '';
    if (end === '') plain += sql[at++] ?? '';
    else {
      const stop = sql.indexOf(end, at + (end === '*/' ? 2 : 1));
      at = stop < 0 ? sql.length : stop + end.length;
      plain += ' ';
    }
  }
  return plain;
}

/** `\! command`, `.shell command`, `system command`. */
function clientCommand(line: string, text: Field, name: string, shell: Shell): void {
  const command = /^(?:\\!|\.shell|\.system|\\system|system\s)\s*(.+)$/.exec(line)?.[1];
  if (command !== undefined) shell.script(withText(text, command.replace(/;$/, '')), name);
  const piped =
    /^(?:\\[oge]|\\copy\b.*\b(?:program|to))\s*\|\s*(.+)$/.exec(line)?.[1] ??
    /^\.(?:output|once|import)\s+["']?\|\s*(.+?)["']?$/.exec(line)?.[1];
  if (piped !== undefined) shell.script(withText(text, piped), name);
  const file = /^(?:\.output|\.once|\.backup|\.save|\.log|\\o)\s+(?!\|)(\S+)/.exec(line)?.[1];
  if (file !== undefined && file !== 'stdout') shell.writes(withText(text, file));
  if (/^\.load\b/.test(line)) shell.effect('exec.hook', line);
}

interface Client {
  readonly short: string;
  readonly long: readonly string[];
  readonly text: readonly string[];
  readonly files?: readonly string[];
  /** Operands from this one on are statements. */
  readonly operand?: number;
}

function client(row: Client): Handler {
  return (cmd, shell) => {
    const options = parseOptions(cmd.args, { short: row.short, long: row.long });
    for (const text of options.values(...row.text)) statements(text, cmd.name, shell);
    if (row.operand !== undefined) for (const text of options.operands.slice(row.operand)) statements(text, cmd.name, shell);
    for (const file of options.values(...(row.files ?? []))) fromFile(file, cmd, shell);
    if (options.values(...row.text).length === 0 && cmd.stdin.text !== null)
      statements({ ...field(cmd.stdin.text), taint: cmd.stdin.taint }, cmd.name, shell);
    else if (cmd.stdin.taint !== 0 && cmd.stdin.text === null) shell.effect('migrate.change', null, { certain: false });
  };
}

function fromFile(file: Field, cmd: Invocation, shell: Shell): void {
  shell.reads(file);
  const at = shell.place(file).path;
  const text = at === null ? undefined : shell.context.readScript(at);
  if (text !== undefined) statements(withText(file, text.slice(0, 64 * 1024)), cmd.name, shell);
  else shell.effect('migrate.change', file.text, { certain: false });
}

const redis: Handler = (cmd, shell) => {
  const options = parseOptions(cmd.args, { strict: true, short: 'hpasnuridx', long: ['user=', 'pass=', 'eval=', 'pipe'] });
  const lines = [options.operands.map((word) => word.text).join(' '), ...(cmd.stdin.text?.split('\n') ?? [])];
  for (const line of lines) {
    const op: Op | undefined = /^\s*(?:FLUSHALL|FLUSHDB|SHUTDOWN|SWAPDB|DEBUG|SCRIPT FLUSH|CLUSTER RESET)\b/i.test(line)
      ? 'migrate.destroy'
      : /^\s*(?:DEL|UNLINK|SET|MSET|HSET|HDEL|LPUSH|RPUSH|SADD|SREM|ZADD|ZREM|RENAME|EXPIRE|RESTORE|EVAL|EVALSHA|CONFIG SET|CONFIG REWRITE|REPLICAOF|SLAVEOF|MODULE|XADD|XTRIM|LTRIM|INCR|DECR)\b/i.test(
            line,
          )
        ? 'migrate.change'
        : undefined;
    if (op) shell.effect(op, line.trim().slice(0, 80));
  }
  if (options.has('eval', 'pipe')) shell.effect('migrate.change', 'redis');
};

const mongo: Handler = (cmd, shell) => {
  const options = parseOptions(cmd.args, {
    short: 'upf',
    long: ['eval=', 'host=', 'port=', 'username=', 'password=', 'file=', 'authenticationDatabase=', 'quiet'],
  });
  const texts = [...options.values('eval').map((text) => text.text), cmd.stdin.text ?? ''];
  for (const text of texts) {
    if (
      /\.(?:drop|dropDatabase|dropIndexes?|deleteMany\s*\(\s*\{\s*\}|remove\s*\(\s*\{\s*\})/.test(text) ||
      /\bdropDatabase\b|\bshutdown/.test(text)
    )
      shell.effect('migrate.destroy', text.slice(0, 80));
    else if (/\.(?:delete|update|insert|replace|remove|rename|create|bulkWrite|findOneAnd|findAndModify|save)\w*\s*\(/.test(text))
      shell.effect('migrate.change', text.slice(0, 80));
  }
  for (const file of options.values('f', 'file')) fromFile(file, cmd, shell);
  for (const file of options.operands) if (file.text.endsWith('.js')) fromFile(file, cmd, shell);
};

const dump: Handler = (cmd, shell) => {
  const options = parseOptions(cmd.args, { short: 'fhpUudPno', long: ['file=', 'result-file=', 'out=', 'archive=', 'clean'] });
  const output = options.value('f', 'file', 'result-file', 'o', 'out');
  if (output) shell.writes(output);
};

/** Databases. */
export const DATABASES: Handlers = {
  psql: client({
    short: 'cdfhLopPUvTFR',
    long: ['command=', 'dbname=', 'file=', 'host=', 'output=', 'port=', 'username=', 'set=', 'variable='],
    text: ['c', 'command'],
    files: ['f', 'file'],
  }),
  pgcli: client({ short: 'hpuUd', long: [], text: [] }),
  cockroach: client({ short: 'e', long: ['execute=', 'file=', 'url='], text: ['e', 'execute'], files: ['file'] }),
  mysql: client({
    short: 'ehuPDSA',
    long: ['execute=', 'host=', 'user=', 'port=', 'database=', 'init-command='],
    text: ['e', 'execute', 'init-command'],
  }),
  mariadb: client({ short: 'ehuPDSA', long: ['execute=', 'host=', 'user=', 'port=', 'database='], text: ['e', 'execute'] }),
  sqlite3: client({ short: '', long: ['cmd='], text: ['cmd'], operand: 1 }),
  duckdb: client({ short: 'c', long: ['cmd='], text: ['c', 'cmd'], operand: 1 }),
  sqlcmd: client({ short: 'QqSUPdiob', long: ['query='], text: ['Q', 'q'], files: ['i'] }),
  clickhouse: client({ short: 'qhud', long: ['query=', 'host=', 'user=', 'database='], text: ['q', 'query'] }),
  'clickhouse-client': client({ short: 'qhud', long: ['query=', 'host=', 'user=', 'database='], text: ['q', 'query'] }),
  cqlsh: client({ short: 'efukp', long: ['execute=', 'file='], text: ['e', 'execute'], files: ['f', 'file'] }),
  snowsql: client({ short: 'qfaud', long: ['query='], text: ['q', 'query'], files: ['f'] }),
  usql: client({ short: 'cf', long: ['command=', 'file='], text: ['c', 'command'], files: ['f', 'file'] }),
  'redis-cli': redis,
  'valkey-cli': redis,
  mongosh: mongo,
  mongo,
  mongodump: dump,
  pg_dump: dump,
  pg_dumpall: dump,
  mysqldump: dump,
};
