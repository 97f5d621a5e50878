import { type AuditEntry, cleanText, newId } from '@greenrack/farm-protocol';
import { z } from 'zod';
import { type AuditRow, pageOfRows, type StoreDatabase } from '../store/for-stages.js';
import type { Page, PageRequest } from '../store/ports.js';
import type { Logger } from '../web/logger.js';
import { asFarmError } from '../web/problem.js';
import type { AuditedAct } from '../web/route.js';

/** Of what was asked for, in UTF-16 units. */
const MAX_DETAIL = 500;
/** How answers name what they made. */
const madeSchema = z.union([
  z.object({ id: z.string() }).transform(({ id }) => id),
  z.object({ token: z.object({ id: z.string() }) }).transform(({ token }) => token.id),
]);

/**
 * Who told the farm to do what. An act is written down before it is done, and how it ended afterwards: whatever the
 * farm did for somebody has a row, wherever the controller died.
 */
export class AuditBook {
  readonly #db: StoreDatabase;
  readonly #log: Logger;

  constructor(db: StoreDatabase, log: Logger) {
    this.#db = db;
    this.#log = log;
  }

  /** Does it, between both entries. */
  async keep<T>(asked: AuditedAct, act: () => Promise<T>): Promise<T> {
    const id = await this.#begin(asked);
    let answer: T;
    try {
      answer = await act();
    } catch (error) {
      await this.#end(id, { outcome: asFarmError(error).code });
      throw error;
    }
    const made = asked.subject === '' ? madeSchema.safeParse(answer) : undefined;
    await this.#end(id, { outcome: 'done', ...(made?.success && { subject: made.data }) });
    return answer;
  }

  /** The newest first. */
  async list(page: PageRequest): Promise<Page<AuditEntry>> {
    let query = this.#db.queries.selectFrom('audit').selectAll();
    if (page.cursor !== undefined) query = query.where('id', '<', page.cursor);
    const rows = await query
      .orderBy('id', 'desc')
      .limit(page.limit + 1)
      .execute();
    return pageOfRows(rows, page, { view: viewOf, cursorOf: ({ id }) => id });
  }

  async #begin({ principal, action, subject, body }: AuditedAct): Promise<string> {
    const nowMs = Date.now();
    const { name, role, tenant, tokenId } = principal;
    const detail = body === undefined ? '' : JSON.stringify(body).slice(0, MAX_DETAIL);
    const row: AuditRow = {
      ...{ id: newId('aud', nowMs), at_ms: nowMs, actor: name, role, tenant, token_id: tokenId },
      ...{ action, subject, detail: cleanText(detail), outcome: null },
    };
    await this.#db.transact((tx) => tx.insertInto('audit').values(row).execute());
    return row.id;
  }

  /** What was done is done: that its end is not known is for the log, and not for whoever asked. */
  async #end(id: string, set: Pick<AuditRow, 'outcome'> & Partial<AuditRow>): Promise<void> {
    try {
      await this.#db.transact((tx) =>
        tx.updateTable('audit').set(set).where('id', '=', id).execute(),
      );
    } catch (err) {
      this.#log.error({ err, id, ...set }, 'the end of an audited act was not written down');
    }
  }
}

function viewOf({ at_ms, token_id: _, ...row }: AuditRow): AuditEntry {
  return { ...row, atMs: at_ms };
}
