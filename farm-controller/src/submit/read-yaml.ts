import { type ExecFileException, execFile } from 'node:child_process';
import { availableParallelism } from 'node:os';
import { extname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { FairTurns } from '../timing/fair-turns.js';
import type { YamlOutcome } from './yaml-child.js';

/** For whom something is read; `signal` is aborted when nobody waits for it any more. */
export interface Reader {
  readonly tenant: string;
  readonly signal: AbortSignal;
}

/** A spec of 5000 runs takes two seconds; whatever takes this long was made to. */
const DEADLINE_MS = 15_000;
const MAX_MEMORY_MB = 256;
/** A spec is 1 MB at most; what its aliases repeat is read here, where everybody waits. */
const MAX_ANSWER_BYTES = 4 * 1024 * 1024;
const READERS = Math.max(2, Math.min(4, availableParallelism()));

const extension = extname(import.meta.url);
const ENTRY = fileURLToPath(new URL(`./yaml-child${extension}`, import.meta.url));
/** Run from its source, as tests do, the child needs the loader that reads TypeScript. */
const LOADER = extension === '.ts' ? ['--import', 'tsx'] : [];

const turns = new FairTurns({ places: READERS, placesEach: READERS - 1, waitingEach: 100 });

/**
 * Reads YAML in a process of its own: a large spec takes seconds, while agents wait for acknowledgements, and a
 * malicious one must not be able to bring the controller down. A few at a time, so that many requests cannot take all
 * processors, and never all of them for one tenant. Rejects when the process could not be run or the reader has gone.
 */
export function readYaml(text: string, { tenant, signal }: Reader): Promise<YamlOutcome> {
  return turns.run(tenant, signal, () => readInChild(text, signal));
}

function readInChild(text: string, signal: AbortSignal): Promise<YamlOutcome> {
  const args = [...LOADER, `--max-old-space-size=${MAX_MEMORY_MB}`, ENTRY];
  const options = {
    timeout: DEADLINE_MS,
    killSignal: 'SIGKILL',
    signal,
    maxBuffer: MAX_ANSWER_BYTES,
    // It needs none of our secrets.
    env: {},
  } as const;
  return new Promise((resolve, reject) => {
    const child = execFile(process.execPath, args, options, (error, answer) => {
      if (signal.aborted) reject(signal.reason);
      else if (!error) resolve(JSON.parse(answer));
      else if (gaveUp(error))
        resolve({ ok: false, why: 'it takes too much time or memory to read' });
      else reject(error);
    });
    // A child that dies before it has read all tells so by its end.
    child.stdin?.on('error', () => undefined);
    child.stdin?.end(text);
  });
}

/** Killed by us, or by itself when its memory ran out. */
function gaveUp({ killed, signal, code }: ExecFileException): boolean {
  return killed === true || typeof signal === 'string' || code === 134 || isOverlong(code);
}

function isOverlong(code: unknown): boolean {
  return code === 'ERR_CHILD_PROCESS_STDIO_MAXBUFFER';
}
