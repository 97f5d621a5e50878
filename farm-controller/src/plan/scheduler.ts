import {
  FarmError,
  isSubmitterFault,
  newId,
  type ScheduleEvent,
  type ScheduleRequest,
  type SubmissionSpec,
} from '@greenrack/farm-protocol';
import { claimOnce, insertSubmission, madeBefore, type Tx } from '../store/for-stages.js';
import type { CreatedSubmission, NewSubmission, OnceRequest } from '../store/ports.js';
import type { Clock } from '../timing/clock.js';
import { checkTimes, countTimes, nextTimeMs } from './cron-times.js';
import { newestImages, wantedNames } from './newest-images.js';
import { type NewEvent, type Schedule, type ScheduleStore, specOf } from './schedule-store.js';

/** Actor of what nobody asked for at the time. */
const ITSELF = 'schedule';
const MAX_REASON = 2_000;

/** A submission that a schedule makes. */
export interface PlannedSubmission {
  readonly spec: SubmissionSpec;
  readonly submitter: { readonly name: string; readonly tenant: string };
  /** The submission whose images these are. */
  readonly rerunOf?: string;
  readonly nowMs: number;
  /** Writes it, unless it turns out not to be wanted any more. */
  readonly commit: (plan: NewSubmission) => Promise<CreatedSubmission | undefined>;
}

export interface SchedulerDeps {
  readonly schedules: ScheduleStore;
  /** Checks a submission against boards and images, has it committed and passes its runs on. @throws FarmError */
  readonly submit: (planned: PlannedSubmission) => Promise<void>;
  /** @throws FarmError for what no board could run */
  readonly checkSpec: (spec: SubmissionSpec) => Promise<void>;
  readonly clock: Clock;
}

/** Who asks for something. */
export interface Asking {
  readonly actor: string;
  readonly tenant: string;
  readonly once?: OnceRequest | undefined;
}

/** What is to be submitted; or why nothing is. */
type Outcome =
  | { readonly spec: SubmissionSpec; readonly rerunOf?: string; readonly reason: string }
  | { readonly skip: string };

/** Makes submissions at their times. A time is used once: whoever commits first has moved the schedule on to the next. */
export class Scheduler {
  readonly #deps: SchedulerDeps;

  constructor(deps: SchedulerDeps) {
    this.#deps = deps;
  }

  /** @throws FarmError `invalid_request`, `conflict`, and what the spec is refused for */
  async create(request: ScheduleRequest, { actor, tenant, once }: Asking): Promise<string> {
    const { schedules, checkSpec, clock } = this.#deps;
    const before = once && (await madeBefore(schedules.queries, once));
    if (before !== undefined) return before;
    const nowMs = clock.now();
    await checkTimes(request, nowMs);
    await checkSpec(request.spec);
    const row = { ...newRow(request, nowMs), tenant, created_by: actor };
    return await schedules.transact(async (tx) => {
      const earlier = once && (await claimOnce(tx, once, { reference: row.id, nowMs }));
      if (earlier === undefined) await schedules.insert(tx, row);
      return earlier ?? row.id;
    });
  }

  /** The duty: makes the submission whose time has come. Answers when the next is due. */
  async due(id: string): Promise<number | undefined> {
    const { schedules, clock } = this.#deps;
    const row = await schedules.get(id).catch(undefinedIfGone);
    const nowMs = clock.now();
    if (!row || row.next_ms === null) return undefined;
    if (row.next_ms > nowMs) return row.next_ms;
    const nextMs = nextTimeMs(timesOf(row), nowMs) ?? null;
    const missed = await countTimes(timesOf(row), row.next_ms, nowMs);
    const about = { actor: ITSELF, plannedMs: row.next_ms, missed };
    const outcome = (await this.#stillRunning(row)) ?? (await this.#plan(row));
    /** Of several controllers one gets this far, and once. */
    const move = async (tx: Tx): Promise<boolean> => {
      const now = await schedules.locked(tx, id);
      if (now.next_ms !== row.next_ms) return false;
      await schedules.update(tx, id, { next_ms: nextMs });
      return true;
    };
    await this.#carryOut(row, { outcome, about, move, name: row.created_by });
    return nextMs ?? undefined;
  }

  /** Makes a submission now, whatever the time. @throws FarmError `conflict` when there is nothing to submit */
  async runNow(id: string, { actor, once }: Asking): Promise<string> {
    const { schedules, clock } = this.#deps;
    const before = once && (await madeBefore(schedules.queries, once));
    if (before !== undefined) return before;
    const row = await schedules.get(id);
    if (row.deleted === 1) throw new FarmError('conflict', `schedule ${id} is deleted`);
    const outcome = await this.#plan(row);
    const nowMs = clock.now();
    let earlier: string | undefined;
    const event = await this.#carryOut(row, {
      ...{ outcome, about: { actor }, name: actor },
      move: async (tx, plan) => {
        await schedules.locked(tx, id);
        const reference = plan?.id ?? id;
        earlier = once && plan && (await claimOnce(tx, once, { reference, nowMs }));
        return earlier === undefined;
      },
    });
    const made = earlier ?? event?.submissionId;
    if (!made) throw new FarmError('conflict', `nothing is submitted: ${event?.reason}`);
    return made;
  }

  async pause(id: string, actor: string): Promise<void> {
    await this.#change(id, (row) =>
      row.paused === 1 ? undefined : { set: { paused: 1, next_ms: null }, kind: 'paused', actor },
    );
  }

  /** Goes on with the next time; those that went by are counted, not made up for. */
  async resume(id: string, actor: string): Promise<void> {
    const { schedules, clock } = this.#deps;
    const row = await schedules.get(id);
    const { last } = await schedules.view(row);
    const nowMs = clock.now();
    const missed = row.paused === 1 ? await countTimes(timesOf(row), last.atMs, nowMs) : 0;
    const next_ms = nextTimeMs(timesOf(row), nowMs) ?? null;
    await this.#change(id, ({ paused }) =>
      paused === 0 ? undefined : { set: { paused: 0, next_ms }, kind: 'resumed', actor, missed },
    );
  }

  async delete(id: string, actor: string): Promise<void> {
    const set = { deleted: 1, next_ms: null };
    await this.#change(id, ({ deleted }) =>
      deleted === 1 ? undefined : { set, kind: 'deleted', actor },
    );
  }

  /** @throws FarmError `conflict` for a deleted one */
  async #change(
    id: string,
    decide: (row: Schedule) => (NewEvent & { set: Partial<Schedule> }) | undefined,
  ): Promise<void> {
    const { schedules, clock } = this.#deps;
    await schedules.transact(async (tx) => {
      const row = await schedules.locked(tx, id);
      const change = decide(row);
      if (!change) return;
      if (row.deleted === 1) throw new FarmError('conflict', `schedule ${id} is deleted`);
      const { set, ...event } = change;
      const atMs = clock.now();
      await schedules.update(tx, id, set);
      await schedules.arm(tx, { ...row, ...set }, atMs);
      await schedules.write(tx, id, { ...event, atMs });
    });
  }

  async #stillRunning({ last_submission_id: last }: Schedule): Promise<Outcome | undefined> {
    if (last === null) return undefined;
    const row = await this.#deps.schedules.queries
      .selectFrom('submissions')
      .select('state')
      .where('id', '=', last)
      .executeTakeFirst();
    return row?.state === 'active' ? { skip: `${last} has not finished yet` } : undefined;
  }

  async #plan(row: Schedule): Promise<Outcome> {
    const { tenant, repository, ref } = row;
    const spec = specOf(row);
    const names = wantedNames(spec);
    const { queries } = this.#deps.schedules;
    const images = await newestImages(queries, { tenant, repository, ref }, names);
    const where = `of ${repository} ${ref}`;
    if (!images && names.size > 0) return { skip: noImages(names, `${where} by ${tenant}`) };
    if (!images) return { spec, reason: 'its own images' };
    const found = [...images.sha256].map(([name, sha256]) => ({ name, sha256 }));
    const own = spec.images.filter(({ name }) => !images.sha256.has(name));
    const { submissionId: rerunOf, origin } = images;
    const whole = { ...spec, images: [...own, ...found], origin };
    return { spec: whole, rerunOf, reason: `images ${where} from ${rerunOf}` };
  }

  /** Commits the outcome with its event; undefined when `move` finds that it is not wanted any more. */
  async #carryOut(
    row: Schedule,
    {
      outcome,
      about,
      move,
      name,
    }: {
      outcome: Outcome;
      about: Omit<NewEvent, 'kind'>;
      move: (tx: Tx, plan?: NewSubmission) => Promise<boolean>;
      name: string;
    },
  ): Promise<ScheduleEvent | undefined> {
    const { schedules, submit, clock } = this.#deps;
    const { id, tenant } = row;
    const nowMs = clock.now();
    const skip = (why: string) =>
      schedules.transact(async (tx) => {
        if (!(await move(tx))) return undefined;
        const reason = why.slice(0, MAX_REASON);
        return await schedules.write(tx, id, { ...about, kind: 'skipped', reason, atMs: nowMs });
      });
    if ('skip' in outcome) return await skip(outcome.skip);
    const { spec, rerunOf, reason } = outcome;
    let event: ScheduleEvent | undefined;
    const commit = (plan: NewSubmission) =>
      schedules.transact(async (tx) => {
        if (!(await move(tx, plan))) return undefined;
        const { id: submissionId } = plan;
        const written = { ...about, kind: 'submitted' as const, reason, submissionId };
        event = await schedules.write(tx, id, { ...written, atMs: nowMs });
        await schedules.update(tx, id, { last_submission_id: submissionId });
        return await insertSubmission(tx, plan);
      });
    try {
      const of = rerunOf === undefined ? {} : { rerunOf };
      await submit({ spec, ...of, submitter: { name, tenant }, nowMs, commit });
      return event;
    } catch (error) {
      if (!isSubmitterFault(error)) throw error;
      return await skip(`refused: ${error.message}`);
    }
  }
}

const timesOf = ({ cron, time_zone: timeZone }: Schedule) => ({ cron, timeZone });

function undefinedIfGone(error: unknown): undefined {
  if (!(error instanceof FarmError && error.code === 'not_found')) throw error;
}

function noImages(names: ReadonlySet<string>, where: string): string {
  const few = [...names].slice(0, 5).join(', ');
  const more = names.size > 5 ? ` and ${names.size - 5} more` : '';
  return `no submission ${where} has the images ${few}${more}`;
}

function newRow(request: ScheduleRequest, nowMs: number): Omit<Schedule, 'tenant' | 'created_by'> {
  const { name, cron, timeZone, repository, ref, spec } = request;
  return {
    id: newId('sch', nowMs),
    ...{ name, cron, time_zone: timeZone, repository, ref, spec_json: JSON.stringify(spec) },
    ...{ paused: 0, deleted: 0, next_ms: nextTimeMs(request, nowMs) ?? null },
    ...{ last_submission_id: null, created_ms: nowMs },
  };
}
