import { readFileSync } from 'node:fs';

/** How many connections of whom are kept. */
export interface ConnectionLimits {
  /** Connections that have not shown a token; the one idle for longest makes room for the next. */
  readonly strangers: number;
  readonly strangersPerAddress: number;
  /** Connections of viewers and submitters that are safe from strangers, and of one token among them. */
  readonly people: number;
  readonly perToken: number;
  /** The same for agents, operators and admins: nobody else can take their places. */
  readonly staff: number;
}

/** Descriptors that the controller itself needs: database, console logs, images, Redis, child processes. */
const OWN_DESCRIPTORS = 100;
const MOST_CONNECTIONS = 4000;
const FEWEST_CONNECTIONS = 32;

export function connectionLimits(total: number): ConnectionLimits {
  const quarter = Math.floor(total / 4);
  return {
    strangers: quarter,
    strangersPerAddress: Math.ceil(quarter / 2),
    people: total - 2 * quarter,
    perToken: Math.ceil(quarter / 2),
    staff: quarter,
  };
}

/** What this process may have open, less what it needs for itself. */
export function affordableConnections(openFiles: number = openFilesLimit()): number {
  const own = Math.max(OWN_DESCRIPTORS, openFiles / 4);
  return Math.min(MOST_CONNECTIONS, Math.max(FEWEST_CONNECTIONS, Math.floor(openFiles - own)));
}

/** `RLIMIT_NOFILE`, where the system tells it. */
function openFilesLimit(): number {
  try {
    const text = readFileSync('/proc/self/limits', 'latin1');
    const [, limit] = text.match(/^Max open files\s+(\d+)/m) ?? [];
    return limit === undefined ? Number.MAX_SAFE_INTEGER : Number(limit);
  } catch {
    // No such file on other systems than Linux; their default allows for this.
    return 1024;
  }
}
