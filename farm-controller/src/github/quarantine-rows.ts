import { createHash } from 'node:crypto';
import {
  FarmError,
  newId,
  type QuarantineRequest,
  type QuarantineView,
  quarantineRequestSchema,
} from '@greenrack/farm-protocol';
import {
  putDuty,
  type QuarantinedCaseRow,
  type StoreDatabase,
  type Tx,
} from '../store/for-stages.js';
import type { Quarantined } from './judge-suite.js';

const DAY_MS = 24 * 3_600_000;
/** Of one tenant at a time: who has more should mend some. */
const MAX_CASES = 1_000;
/** Commits whose checks are looked at again at once; the others when something of them ends. */
const MAX_HEADS = 200;

/** Who asks for it, and when. */
export interface QuarantineAsker {
  readonly tenant: string;
  readonly owner: string;
  readonly nowMs: number;
}

/** Cases that are reported and do not gate, for as long as somebody said. */
export class QuarantineRows {
  readonly #db: StoreDatabase;

  constructor(db: StoreDatabase) {
    this.#db = db;
  }

  /** The same case again is quarantined anew, from now on. @throws FarmError `conflict` */
  put(
    request: QuarantineRequest,
    { tenant, owner, nowMs }: QuarantineAsker,
  ): Promise<QuarantineView> {
    const { days, reason, ...where } = request;
    const place = createHash('sha256').update(JSON.stringify(where)).digest('base64url');
    const row: QuarantinedCaseRow = {
      ...{ id: newId('qrt', nowMs), tenant, place, owner_json: JSON.stringify(owner) },
      ...{ entry_json: JSON.stringify(request), created_ms: nowMs },
      until_ms: nowMs + days * DAY_MS,
    };
    return this.#db.transact(async (tx) => {
      await tx.deleteFrom('quarantined_cases').where('until_ms', '<=', nowMs).execute();
      const mine = tx.selectFrom('quarantined_cases').where('tenant', '=', tenant);
      const { n } = await mine
        .select((eb) => eb.fn.countAll<number>().as('n'))
        .executeTakeFirstOrThrow();
      if (Number(n) >= MAX_CASES)
        throw new FarmError(
          'conflict',
          `${MAX_CASES} cases are quarantined: mend or lift some first`,
        );
      const { id: _, ...change } = row;
      const put = tx.insertInto('quarantined_cases').values(row);
      const kept = await put
        .onConflict((conflict) => conflict.columns(['tenant', 'place']).doUpdateSet(change))
        .returningAll()
        .executeTakeFirstOrThrow();
      await lookAgain(tx, tenant, nowMs);
      return viewOf(kept);
    });
  }

  /** False when there is none of the tenant. */
  lift(id: string, { tenant, nowMs }: Pick<QuarantineAsker, 'tenant' | 'nowMs'>): Promise<boolean> {
    return this.#db.transact(async (tx) => {
      const mine = tx.deleteFrom('quarantined_cases').where('tenant', '=', tenant);
      const { numDeletedRows } = await mine.where('id', '=', id).executeTakeFirstOrThrow();
      await lookAgain(tx, tenant, nowMs);
      return numDeletedRows > 0n;
    });
  }

  async list(tenant: string, nowMs: number): Promise<QuarantineView[]> {
    const mine = this.#db.queries.selectFrom('quarantined_cases').where('tenant', '=', tenant);
    const rows = await mine.selectAll().where('until_ms', '>', nowMs).orderBy('id').execute();
    return rows.map(viewOf);
  }

  /** Those that count for a repository. */
  async of(
    { tenant, repository }: { readonly tenant: string; readonly repository: string },
    nowMs: number,
  ): Promise<Quarantined[]> {
    const all = await this.list(tenant, nowMs);
    return all
      .filter((one) => one.repository === undefined || one.repository === repository)
      .map(({ case: name, run, reason, owner, target = '', suite = '', untilMs }) => ({
        ...{ case: literal(name), reason, owner, target, suite },
        ...(run !== undefined && { run: literal(run) }),
        until: new Date(untilMs).toISOString().slice(0, 10),
      }));
  }
}

/** A name is no pattern: `*` and `?` in it stand for any one character. */
const literal = (name: string): string => name.replaceAll('*', '?');

/** What checks say of open commits may be another thing now. */
async function lookAgain(tx: Tx, tenant: string, nowMs: number): Promise<void> {
  const heads = tx.selectFrom('github_heads').select('id').where('tenant', '=', tenant);
  const open = heads.where('state', '=', 'open').orderBy('received_ms', 'desc').limit(MAX_HEADS);
  for (const { id } of await open.execute())
    await putDuty(tx, { kind: 'githubCheck', subject: id, dueMs: nowMs }, nowMs);
}

function viewOf(row: QuarantinedCaseRow): QuarantineView {
  const { days: _, ...entry } = quarantineRequestSchema.parse(JSON.parse(row.entry_json));
  const owner = String(JSON.parse(row.owner_json));
  const { id, tenant, created_ms: createdMs, until_ms: untilMs } = row;
  return { ...entry, id, tenant, owner, createdMs, untilMs };
}
