import { fork } from 'node:child_process';
import { once } from 'node:events';
import { extname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { FarmError } from '@greenrack/farm-protocol';
import type { Inventory } from './inventory.js';

/** What the child says, once. Errors do not cross processes with their class. */
export type InventoryAnswer =
  | { readonly ok: true; readonly inventory: Inventory; readonly remarks: readonly string[] }
  | { readonly ok: false; readonly message: string };

const extension = extname(import.meta.url);
const ENTRY = fileURLToPath(new URL(`./inventory-child${extension}`, import.meta.url));
/** Run from its source, as tests do, the child needs a loader that reads TypeScript. */
const LOADER = extension === '.ts' ? ['--import', 'tsx'] : [];
/** Five hundred boards take a second. */
const DEADLINE_MS = 60_000;

/**
 * `loadInventory` and `lintInventory` for a farm that is at work: reading some hundred boards takes longer than those
 * who wait for an answer may be kept waiting. `remarks` is what only the linter minds.
 * @throws FarmError `invalid_configuration`; Error when the child could not do its work
 */
export async function loadInventoryApart(
  dir: string,
): Promise<Pick<InventoryAnswer & { ok: true }, 'inventory' | 'remarks'>> {
  const child = fork(ENTRY, [dir], {
    execArgv: LOADER,
    env: {},
    serialization: 'advanced',
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
  try {
    const answer = await answerOf(child);
    if (answer.ok) return answer;
    throw new FarmError('invalid_configuration', answer.message, { context: { dir } });
  } finally {
    child.kill('SIGKILL');
  }
}

async function answerOf(child: ReturnType<typeof fork>): Promise<InventoryAnswer> {
  const gone = new AbortController();
  child.once('exit', () => gone.abort(new Error('the process that reads the inventory has ended')));
  const signal = AbortSignal.any([gone.signal, AbortSignal.timeout(DEADLINE_MS)]);
  try {
    const [answer] = await once(child, 'message', { signal });
    return answer as InventoryAnswer;
  } catch (error) {
    throw new Error('the inventory could not be read', { cause: signal.reason ?? error });
  }
}
