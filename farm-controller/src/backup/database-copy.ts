import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { FarmError } from '@greenrack/farm-protocol';
import Sqlite from 'better-sqlite3';
import pg from 'pg';

/** Where the farm's database is. */
export type DatabasePlace =
  | { readonly kind: 'sqlite'; readonly path: string }
  | { readonly kind: 'postgres'; readonly url: string };

/** What PostgreSQL's own programs say of a failure, at most. */
const MAX_SAID = 2_000;

export function databasePlace(databaseUrl: string | undefined, stateDir: string): DatabasePlace {
  const url = databaseUrl ?? `sqlite:${join(stateDir, 'farm.sqlite')}`;
  if (url.startsWith('sqlite:')) return { kind: 'sqlite', path: url.slice('sqlite:'.length) };
  return { kind: 'postgres', url };
}

/** Name of the copy in a backup. */
export const copyName = ({ kind }: DatabasePlace): string =>
  kind === 'sqlite' ? 'farm.sqlite' : 'farm.dump';

/** Copies the database as it is at one moment, while controllers write to it. */
export async function copyDatabase(
  place: DatabasePlace,
  to: string,
  { tokens }: { readonly tokens: boolean },
): Promise<void> {
  if (place.kind === 'postgres') {
    const without = tokens ? [] : ['--exclude-table-data=tokens'];
    const args = ['--format=custom', '--no-owner', '--no-privileges', `--file=${to}`, ...without];
    return await runTool('pg_dump', args, place.url);
  }
  const file = opened(place.path, { readonly: true, fileMustExist: true });
  try {
    await file.backup(to);
  } finally {
    file.close();
  }
  if (!tokens) forgetTokens(to);
}

/** Puts a copy where the farm's database is to be. @throws FarmError when there is one */
export async function restorePostgres(url: string, from: string): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  const { rows } = await client
    .query("select 1 from information_schema.tables where table_schema = 'public' limit 1")
    .finally(() => client.end());
  if (rows.length > 0)
    throw new FarmError('invalid_configuration', 'the database of DATABASE_URL has tables already');
  await runTool('pg_restore', ['--no-owner', '--exit-on-error', '--dbname=', from], url);
}

/** The pages that held the hashes go, too. */
function forgetTokens(path: string): void {
  const file = opened(path, {});
  file.pragma('journal_mode = DELETE');
  file.exec('delete from tokens');
  file.exec('vacuum');
  file.close();
}

function opened(path: string, options: Sqlite.Options): Sqlite.Database {
  try {
    return new Sqlite(path, options);
  } catch (cause) {
    const message = `cannot open ${path}: ${cause instanceof Error ? cause.message : cause}`;
    throw new FarmError('invalid_configuration', message, { cause });
  }
}

/** Runs a program of PostgreSQL. Where the database is stands in its environment: passwords never in its arguments. */
async function runTool(tool: string, args: readonly string[], url: string): Promise<void> {
  const { host, port, user, password, database } = new pg.Client({ connectionString: url });
  const PG = { PGHOST: host, PGPORT: String(port), PGUSER: user, PGDATABASE: database };
  const sslmode = new URL(url.replace('@/', '@localhost/')).searchParams.get('sslmode');
  const child = spawn(
    tool,
    args.map((arg) => (arg === '--dbname=' ? `${arg}${database}` : arg)),
    {
      env: {
        ...process.env,
        ...PG,
        ...(password && { PGPASSWORD: password }),
        ...(sslmode !== null && { PGSSLMODE: sslmode }),
      },
      stdio: ['ignore', 'ignore', 'pipe'],
    },
  );
  let said = '';
  child.stderr.on('data', (text) => {
    said = (said + text).slice(0, MAX_SAID);
  });
  const [code] = await once(child, 'close').catch((cause: unknown) => {
    const message = `cannot run ${tool}: install PostgreSQL's client programs (postgresql-client)`;
    throw new FarmError('invalid_configuration', message, { cause });
  });
  if (code !== 0) throw new FarmError('unavailable', `${tool} failed: ${said.trim()}`);
}
