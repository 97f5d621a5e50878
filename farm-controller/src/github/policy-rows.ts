import { checkYaml } from '@greenrack/board-inventory';
import {
  cleanText,
  FarmError,
  MAX_POLICY_BYTES,
  POLICY_FILE,
  type Policy,
  policySchema,
} from '@greenrack/farm-protocol';
import type { GithubPolicyRow, StoreDatabase } from '../store/for-stages.js';
import type { FileFacts } from './repository-reads.js';

const MAX_FAULT_CHARS = 1_000;
/** Files of one repository that are remembered, the last used. */
const KEPT = 50;

/** What a policy file says, or what is wrong with it. */
export type ReadPolicy =
  | { readonly policy: Policy; readonly fault?: undefined }
  | { readonly policy?: undefined; readonly fault: string };

/** Reads a policy file of a stranger. */
export function readPolicy(text: string | undefined): ReadPolicy {
  if (text === undefined) return { fault: `${POLICY_FILE}: is over ${MAX_POLICY_BYTES} bytes` };
  try {
    return { policy: checkYaml(policySchema, text, POLICY_FILE) };
  } catch (error) {
    if (!(error instanceof FarmError)) throw error;
    return { fault: cleanText(error.message.slice(0, MAX_FAULT_CHARS)) };
  }
}

/** Policy files in the database, each by the hash of its bytes: the same bytes are read once. */
export class PolicyRows {
  readonly #db: StoreDatabase;

  constructor(db: StoreDatabase) {
    this.#db = db;
  }

  async read(repositoryId: number, { sha, text }: FileFacts, nowMs: number): Promise<ReadPolicy> {
    const known = await this.#of(repositoryId).where('blob_sha', '=', sha).executeTakeFirst();
    const read = known ? fromRow(known) : readPolicy(text);
    const policy_json = read.policy ? JSON.stringify(read.policy) : null;
    const row = { repository_id: repositoryId, blob_sha: sha, policy_json, used_ms: nowMs };
    await this.#db.transact(async (tx) => {
      await tx
        .insertInto('github_policies')
        .values({ ...row, fault: read.fault ?? null })
        .onConflict((conflict) =>
          conflict.columns(['repository_id', 'blob_sha']).doUpdateSet({ used_ms: nowMs }),
        )
        .execute();
      const all = tx.selectFrom('github_policies').where('repository_id', '=', repositoryId);
      const newest = all.select('blob_sha').orderBy('used_ms', 'desc').limit(KEPT);
      const old = tx.deleteFrom('github_policies').where('repository_id', '=', repositoryId);
      await old.where('blob_sha', 'not in', newest).execute();
    });
    return read;
  }

  /** The last one that had no fault. */
  async lastGood(repositoryId: number): Promise<{ sha: string; policy: Policy } | undefined> {
    const good = this.#of(repositoryId).where('fault', 'is', null).orderBy('used_ms', 'desc');
    const row = await good.limit(1).executeTakeFirst();
    const policy = row && fromRow(row).policy;
    return policy && { sha: row.blob_sha, policy };
  }

  async byBlob(repositoryId: number, sha: string): Promise<Policy | undefined> {
    const row = await this.#of(repositoryId).where('blob_sha', '=', sha).executeTakeFirst();
    return row && fromRow(row).policy;
  }

  #of(repositoryId: number) {
    const all = this.#db.queries.selectFrom('github_policies').selectAll();
    return all.where('repository_id', '=', repositoryId);
  }
}

/** What an older version of the farm wrote is checked again: it may have known less. */
function fromRow({ policy_json, fault }: GithubPolicyRow): ReadPolicy {
  if (policy_json === null) return { fault: fault ?? '' };
  return { policy: policySchema.parse(JSON.parse(policy_json)) };
}
