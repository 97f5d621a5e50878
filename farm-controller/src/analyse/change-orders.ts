import { medianOf } from '@greenrack/farm-model';
import { FarmError, type SeriesView } from '@greenrack/farm-protocol';
import {
  type ChangeRow,
  putDuty,
  type SeriesRow,
  type StoreDatabase,
  stableId,
  type Tx,
} from '../store/for-stages.js';
import { changeRow } from './change-views.js';

/** What a person wants of a change. */
export interface ChangeOrder {
  readonly actor: string;
  readonly nowMs: number;
}

/** Two builds of a series that are to be compared. */
export interface AskedRange {
  readonly series: SeriesRow;
  readonly ref: string;
  /** First digits of commits or of images. */
  readonly good: string;
  readonly bad: string;
}

/** What people do with changes. */
export class ChangeOrders {
  readonly #db: StoreDatabase;

  constructor(db: StoreDatabase) {
    this.#db = db;
  }

  /** The new level is as it should be. */
  async accept(id: string, reason: string, { actor, nowMs }: ChangeOrder): Promise<void> {
    await this.#change(id, async (tx, change) => {
      const set = { state: 'accepted', work: 'done', waiting: 0, reason, actor } as const;
      await update(tx, change.id, { ...set, changed_ms: nowMs });
      const ofIt = tx.selectFrom('change_metrics').select('series_id').where('change_id', '=', id);
      const states = tx.updateTable('series_states').set({ state: 'steady' });
      await states.where('series_id', 'in', ofIt).where('ref', '=', change.ref).execute();
    });
  }

  /** @throws FarmError `conflict` for what nobody has to see to */
  async assign(id: string, assignee: string, { actor, nowMs }: ChangeOrder): Promise<void> {
    await this.#change(id, async (tx, change) => {
      if (['refuted', 'accepted', 'verifiedFixed'].includes(change.state))
        throw new FarmError('conflict', `change ${id} is ${change.state}: nobody has to see to it`);
      const state = change.state === 'verified' ? 'assigned' : change.state;
      await update(tx, id, { state, assignee, actor, changed_ms: nowMs });
    });
  }

  /** Has the farm go on with what was blocked, or look for the first bad build again. */
  async tryAgain(id: string, { nowMs }: ChangeOrder): Promise<void> {
    await this.#change(id, async (tx, change) => {
      const isShown = !['detected', 'refuted'].includes(change.state);
      const work = isShown ? 'bisect' : 'confirm';
      const state = change.state === 'refuted' ? 'detected' : change.state;
      await update(tx, id, { work, state, missing: null, waiting: 0, changed_ms: nowMs });
      if (change.state === 'refuted')
        await tx
          .updateTable('change_metrics')
          .set({ outcome: null })
          .where('change_id', '=', id)
          .execute();
      await putDuty(tx, { kind: 'pursueChange', subject: id, dueMs: nowMs }, nowMs);
    });
  }

  /** Writes down a change that a person sees. @throws FarmError `invalid_request` */
  async ask(range: AskedRange, { actor, nowMs }: ChangeOrder): Promise<string> {
    const [good, bad] = [await this.#build(range, 'good'), await this.#build(range, 'bad')];
    const { series, ref } = range;
    const { tenant, repository, target, image_name, board_serial, direction } = series;
    const place = [tenant, repository ?? '', ref, target, image_name, board_serial];
    const id = stableId('chg', [...place, good.image, bad.image, series.id]);
    const effect = effectOf(direction, bad.value - good.value);
    await this.#db.transact(async (tx) => {
      const change: ChangeRow = {
        ...{ id, tenant, repository, ref, target, image_name, board_serial, effect },
        ...{ state: 'detected', work: 'confirm', waiting: 0, missing: null, exact: 0 },
        ...{ good_sha256: good.image, good_sha: good.sha },
        ...{ bad_sha256: bad.image, bad_sha: bad.sha },
        ...{ assignee: null, reason: null, actor, undoes: null, returns: null },
        ...{ found_ms: nowMs, changed_ms: nowMs },
      };
      const insert = tx
        .insertInto('changes')
        .values(change)
        .onConflict((oc) => oc.doNothing());
      const inserted = await insert.returning('id').executeTakeFirst();
      if (!inserted) return;
      await tx
        .insertInto('change_metrics')
        .values({
          ...{ change_id: id, series_id: series.id, kind: series.kind, effect },
          ...{ before_value: good.value, after_value: bad.value, p: 1, outcome: null },
          ...{ good_sha256: good.image, bad_sha256: bad.image, shift: null },
        })
        .execute();
      await putDuty(tx, { kind: 'pursueChange', subject: id, dueMs: nowMs }, nowMs);
    });
    return id;
  }

  async #build({ series, ref, ...range }: AskedRange, end: 'good' | 'bad') {
    const digits = range[end];
    const points = await this.#db.queries
      .selectFrom('points')
      .select(['image_sha256', 'sha', 'value'])
      .where('series_id', '=', series.id)
      .where('ref', '=', ref)
      .where((eb) =>
        eb.or([eb('image_sha256', 'like', `${digits}%`), eb('sha', 'like', `${digits}%`)]),
      )
      .orderBy('attempt_id', 'desc')
      .limit(MAX_POINTS)
      .execute();
    const images = new Set(points.map(({ image_sha256 }) => image_sha256));
    const [image] = images;
    if (image === undefined || images.size > 1)
      throw new FarmError(
        'invalid_request',
        `${end}: ${images.size === 0 ? 'no build' : 'more than one build'} of the series begins with ${digits}: greenrack series ${series.id} lists its points`,
      );
    const sha = points[0]?.sha ?? null;
    return { image, sha, value: medianOf(points.map(({ value }) => value)) };
  }

  async #change(id: string, work: (tx: Tx, change: ChangeRow) => Promise<void>): Promise<void> {
    await this.#db.transact(async (tx) => {
      const query = tx.selectFrom('changes').selectAll().where('id', '=', id);
      await this.#db.dialect.lockRows(query).execute();
      await work(tx, await changeRow(tx, id));
    });
  }
}

const MAX_POINTS = 1_000;

async function update(tx: Tx, id: string, set: Partial<ChangeRow>): Promise<void> {
  await tx.updateTable('changes').set(set).where('id', '=', id).execute();
}

function effectOf(direction: SeriesView['direction'], shift: number): ChangeRow['effect'] {
  if (direction === 'none') return 'change';
  return shift > 0 === (direction === 'higher') ? 'improvement' : 'regression';
}
