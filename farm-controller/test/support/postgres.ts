import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chownSync, existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { createInterface } from 'node:readline';
import pg from 'pg';

/** A private PostgreSQL server on a unix socket. */
export interface PostgresCluster {
  /** An empty database. */
  readonly url: string;
  /** Makes another empty database on the same server and returns its URL. */
  freshDatabase(): Promise<string>;
  /** Stops the server and removes its files. */
  stop(): Promise<void>;
}

const START_MS = 120_000;
const STOP_MS = 60_000;
const SUPERUSER = 'greenrack';

/**
 * Starts a cluster in a temporary directory. It dies with this process, keeps nothing and listens on no port. Started
 * by root, it runs as the user `postgres`, because the server refuses root.
 */
export async function startPostgres(): Promise<PostgresCluster> {
  const bin = binaries();
  const dir = mkdtempSync(join(tmpdir(), 'greenrack-pg-'));
  const identity = serverIdentity();
  if (identity) chownSync(dir, identity.uid, identity.gid);
  const server = initAndSpawn(bin, dir, identity);
  try {
    await ready(server);
  } catch (error) {
    await stop(server, dir);
    throw error;
  }
  let made = 0;
  return {
    url: urlOf(dir, 'postgres'),
    freshDatabase: async () => {
      made += 1;
      await createDatabase(urlOf(dir, 'postgres'), `fresh_${made}`);
      return urlOf(dir, `fresh_${made}`);
    },
    stop: () => stop(server, dir),
  };
}

interface Identity {
  readonly uid: number;
  readonly gid: number;
}

/** The newest installed version. */
function binaries(): string {
  const debian = '/usr/lib/postgresql';
  const versions = existsSync(debian)
    ? readdirSync(debian).sort((a, b) => Number(b) - Number(a))
    : [];
  const places = [
    ...versions.map((version) => join(debian, version, 'bin')),
    ...(process.env.PATH ?? '').split(delimiter),
  ];
  const found = places.find((place) => existsSync(join(place, 'initdb')));
  if (found) return found;
  throw new Error(
    'PostgreSQL is not installed: no initdb found. Install it: apt-get install postgresql',
  );
}

function serverIdentity(): Identity | undefined {
  if (process.getuid?.() !== 0) return undefined;
  const idOf = (flag: string) =>
    Number(execFileSync('id', [flag, 'postgres'], { encoding: 'utf8' }));
  return { uid: idOf('-u'), gid: idOf('-g') };
}

function initAndSpawn(bin: string, dir: string, identity: Identity | undefined): ChildProcess {
  const data = join(dir, 'data');
  const options = { cwd: dir, env: { PATH: process.env.PATH, LC_ALL: 'C.UTF-8' }, ...identity };
  const init = ['-D', data, '-U', SUPERUSER, '--auth=trust', '-E', 'UTF8', '--locale=C.UTF-8'];
  execFileSync(join(bin, 'initdb'), [...init, '--no-sync'], { ...options, stdio: 'pipe' });
  const settings = ['listen_addresses=', `unix_socket_directories=${dir}`, 'fsync=off'];
  const flags = settings.flatMap((setting) => ['-c', setting]);
  // Without a parent it must not live on: a killed test run would leave it behind.
  const command = ['--pdeathsig', 'INT', join(bin, 'postgres'), '-D', data, ...flags];
  return spawn('setpriv', command, { ...options, stdio: ['ignore', 'ignore', 'pipe'] });
}

/** Resolves when the server says so in its log. */
async function ready(server: ChildProcess): Promise<void> {
  const { stderr } = server;
  if (!stderr) throw new Error('the server has no log');
  const said: string[] = [];
  const deadline = setTimeout(() => server.kill('SIGKILL'), START_MS);
  try {
    for await (const line of createInterface({ input: stderr })) {
      said.push(line);
      if (line.includes('ready to accept connections')) return;
    }
  } finally {
    clearTimeout(deadline);
    // Keep reading: a full pipe would stop the server.
    stderr.resume();
  }
  throw new Error(`PostgreSQL did not start:\n${said.slice(-20).join('\n')}`);
}

async function stop(server: ChildProcess, dir: string): Promise<void> {
  if (server.exitCode === null && server.signalCode === null) {
    const gone = once(server, 'exit');
    const deadline = setTimeout(() => server.kill('SIGKILL'), STOP_MS);
    server.kill('SIGINT');
    await gone;
    clearTimeout(deadline);
  }
  rmSync(dir, { recursive: true, force: true });
}

function urlOf(dir: string, database: string): string {
  return `postgres:///${database}?host=${encodeURIComponent(dir)}&user=${SUPERUSER}`;
}

async function createDatabase(url: string, name: string): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    await client.query(`create database ${name}`);
  } finally {
    await client.end();
  }
}
