import { medianOf } from '@greenrack/farm-model';
import type { ChangeStepRow, Queries } from '../store/for-stages.js';

/** Verdicts of attempts that say nothing of the image. */
const NO_MEASUREMENT = ['infra', 'cancelled', 'blocked'] as const;

/** What the runs of some steps have measured of one series. */
export interface StepValues {
  readonly good: readonly number[];
  readonly bad: readonly number[];
}

interface Ended {
  readonly attemptId: string;
  readonly side: string;
}

/** Reads what the runs of steps have measured. */
export class StepReader {
  readonly #db: Queries;
  readonly #ended: readonly Ended[];

  private constructor(db: Queries, ended: readonly Ended[]) {
    this.#db = db;
    this.#ended = ended;
  }

  /** @param steps - whose submissions are over */
  static async open(db: Queries, steps: readonly ChangeStepRow[]): Promise<StepReader> {
    const ended: Ended[] = [];
    for (const { submission_id, sides } of steps) {
      const rows = await db
        .selectFrom('runs')
        .innerJoin('attempts', 'attempts.run_id', 'runs.id')
        .select(['attempts.id', 'runs.ordinal'])
        .where('runs.submission_id', '=', submission_id)
        .where('attempts.state', '=', 'finished')
        .where('attempts.verdict', 'not in', NO_MEASUREMENT)
        .orderBy('attempts.id')
        .execute();
      for (const { id, ordinal } of rows)
        ended.push({ attemptId: id, side: sides.charAt(ordinal) });
    }
    return new StepReader(db, ended);
  }

  /** How many runs of one image came to an end that says something of it. */
  countOf(side: 'A' | 'B'): number {
    return this.#ended.filter((one) => one.side === side).length;
  }

  /** One value of each run, the median of its repeats. */
  async valuesOf(seriesId: string): Promise<StepValues> {
    const ids = this.#ended.map(({ attemptId }) => attemptId);
    if (ids.length === 0) return { good: [], bad: [] };
    const rows = await this.#db
      .selectFrom('metrics')
      .innerJoin('series', (join) =>
        join
          .onRef('series.metric', '=', 'metrics.name')
          .onRef('series.unit', '=', 'metrics.unit')
          .on((eb) =>
            eb(eb.fn.coalesce('metrics.case_name', eb.val('')), '=', eb.ref('series.case_name')),
          ),
      )
      .select(['metrics.attempt_id', 'metrics.value'])
      .where('series.id', '=', seriesId)
      .where('metrics.attempt_id', 'in', ids)
      .execute();
    const of = (side: string) =>
      this.#ended.flatMap((one) => {
        if (one.side !== side) return [];
        const values = rows.filter((row) => row.attempt_id === one.attemptId);
        return values.length === 0 ? [] : [medianOf(values.map(({ value }) => value))];
      });
    return { good: of('A'), bad: of('B') };
  }
}
