import { createHash } from 'node:crypto';
import { meaningOf } from '@greenrack/farm-model';
import {
  FarmError,
  type RunView,
  rerunRequestSchema,
  runIdSchema,
  type SpecRun,
  type SubmissionCreated,
  type SubmissionSpec,
  submissionCreatedSchema,
  submissionIdSchema,
  submissionSpecSchema,
} from '@greenrack/farm-protocol';
import { z } from 'zod';
import type { OnceRequest } from '../store/ports.js';
import { onceOf } from '../web/once.js';
import { NOBODY, type Principal } from '../web/principal.js';
import { API_BASE, jsonRoute, type Route } from '../web/route.js';
import { checkSpec } from './check-spec.js';
import { refuseFound } from './refusal.js';
import { acceptSubmission, answerOf, type SubmitDeps } from './submit-service.js';

const RUNS_PER_PAGE = 250;

/** Runs of the same images by the same spec, in a new submission: what the old one has found stays as it is. */
export function rerunRoutes(deps: SubmitDeps): Route[] {
  return [rerunSubmission(deps), rerunRun(deps)];
}

function rerunSubmission(deps: SubmitDeps): Route {
  return jsonRoute({
    method: 'post',
    path: `${API_BASE}/submissions/:id/rerun`,
    role: 'submitter',
    unaudited: true,
    summary: 'Run a submission again, or what of it did not pass, as a new one',
    params: z.strictObject({ id: submissionIdSchema }),
    body: rerunRequestSchema,
    status: 201,
    response: submissionCreatedSchema,
    handler: async (ctx) => {
      const { params, body, principal } = ctx;
      const once = onceOf(ctx, body);
      return await rerun(deps, { principal, once }, async () => {
        const { id } = params;
        const wanted = body.runs && new Set(body.runs);
        const runs = await runsOf(
          deps,
          id,
          (run) =>
            (body.only === 'all' || isNotGood(run)) && (wanted === undefined || wanted.has(run.id)),
        );
        if (body.runs) requireAll(body.runs, runs, id);
        return { id, chosen: runs };
      });
    },
  });
}

/** @throws FarmError `invalid_request` when a run that was named is not among the chosen. */
function requireAll(
  ids: readonly string[],
  chosen: readonly RunView[],
  submissionId: string,
): void {
  const found = new Set(chosen.map(({ id }) => id));
  const at = ids.findIndex((id) => !found.has(id));
  if (at < 0) return;
  const message = `is no run of ${submissionId} that was asked for`;
  throw new FarmError('invalid_request', `runs[${at}] ${message}`, {
    fields: [{ path: `runs[${at}]`, message }],
  });
}

function rerunRun(deps: SubmitDeps): Route {
  return jsonRoute({
    method: 'post',
    path: `${API_BASE}/runs/:id/rerun`,
    role: 'submitter',
    unaudited: true,
    summary: 'Run one run again, in a new submission',
    params: z.strictObject({ id: runIdSchema }),
    status: 201,
    response: submissionCreatedSchema,
    handler: async (ctx) => {
      const { params, principal } = ctx;
      return await rerun(deps, { principal, once: onceOf(ctx, {}) }, async () => {
        const run = await deps.store.runs.get(params.id);
        if (!run) throw new FarmError('not_found', `run ${params.id}: there is none`);
        return { id: run.submissionId, chosen: [run] };
      });
    },
  });
}

/** A wish to have runs again that comes from elsewhere than our own API. */
export interface RerunWish {
  readonly submissionId: string;
  readonly tenant: string;
  readonly asker: string;
  readonly only: 'all' | 'failed';
  /** Under the same key it is fulfilled once. */
  readonly key: string;
  readonly target?: string;
  /** Not on the boards that they ran on, as far as there are others. */
  readonly elsewhere?: boolean;
  /** Default: as before. */
  readonly priority?: 'low';
}

/** Fulfils a wish; where nothing is to be run again, nothing happens. */
export async function rerunFor(deps: SubmitDeps, wish: RerunWish): Promise<void> {
  const { submissionId: id, tenant, only, key, target } = wish;
  const chosen = await runsOf(
    deps,
    id,
    (run) =>
      (only === 'all' || isNotGood(run)) &&
      (target === undefined || run.requirement.target === target),
  );
  if (chosen.length === 0) return;
  const digest = createHash('sha256').update(JSON.stringify(wish)).digest('hex');
  const principal = { ...NOBODY, name: wish.asker, tenant };
  const once = { tenant, key, digest };
  const elsewhere = wish.elsewhere === true;
  const { priority } = wish;
  const how = { elsewhere, ...(priority && { priority }) };
  await rerun(deps, { principal, once }, async () => ({ id, chosen, ...how }));
}

const boardsOfRun = ({ boardSerial }: RunView): string[] =>
  boardSerial === null ? [] : [boardSerial];

const isNotGood = ({ verdict }: RunView): boolean =>
  verdict !== null && meaningOf(verdict) !== 'good';

/** Page by page: nobody has a turn while one is made. */
async function runsOf(
  { store }: SubmitDeps,
  submissionId: string,
  isChosen: (run: RunView) => boolean,
): Promise<RunView[]> {
  const chosen: RunView[] = [];
  let cursor: string | undefined;
  for (let more = true; more; more = cursor !== undefined) {
    const page = { limit: RUNS_PER_PAGE, ...(cursor !== undefined && { cursor }) };
    const { items, nextCursor } = await store.runs.list({ submissionId }, page);
    for (const run of items) if (isChosen(run)) chosen.push(run);
    cursor = nextCursor ?? undefined;
  }
  return chosen;
}

interface Rerun {
  /** The submission that is run again. */
  readonly id: string;
  readonly chosen: readonly RunView[];
  readonly elsewhere?: boolean;
  readonly priority?: 'low';
}

interface Asker {
  readonly principal: Principal;
  readonly once: OnceRequest | undefined;
}

async function rerun(
  deps: SubmitDeps,
  { principal, once }: Asker,
  choose: () => Promise<Rerun>,
): Promise<SubmissionCreated> {
  // Before the choice: what has not passed may be another today.
  const earlier = once && (await deps.store.submissions.madeBy(once));
  if (earlier) return answerOf(earlier);
  const { id, chosen, elsewhere, priority } = await choose();
  const again = specAgain(id, await deps.store.submissions.specOf(id), chosen);
  const spec = { ...again, ...(priority && { priority }) };
  await refuseFound(checkSpec(spec, deps.inventory));
  const avoid = elsewhere ? chosen.map(boardsOfRun) : undefined;
  return await acceptSubmission(
    { spec, uploads: new Map(), submitter: principal, rerunOf: id, once, avoid },
    deps,
  );
}

/** The spec of the chosen runs alone. Images are named by the hash that these runs had. */
function specAgain(
  id: string,
  specJson: string | undefined,
  chosen: readonly RunView[],
): SubmissionSpec {
  if (specJson === undefined) throw new FarmError('not_found', `submission ${id}: there is none`);
  const old = submissionSpecSchema.safeParse(JSON.parse(specJson));
  if (!old.success)
    throw new FarmError('conflict', `${id} was made by the farm itself and is not run again`);
  if (chosen.length === 0)
    throw new FarmError('conflict', `${id} has no run that ended without passing`);
  const expanded = old.data.runs.flatMap((run) => Array<SpecRun>(run.repeat ?? 1).fill(run));
  const runs = chosen.flatMap(({ ordinal }) => withoutRepeat(expanded[ordinal]));
  const hashes = new Map(
    chosen.flatMap((run) =>
      [run, ...(run.partners ?? [])].map((one) => [one.imageName, one.imageSha256] as const),
    ),
  );
  const images = [...hashes].map(([name, sha256]) => ({ name, sha256 }));
  const name = old.data.name.replace(/ \(rerun of sub_\w+\)$/, '').slice(0, 150);
  return { ...old.data, name: `${name} (rerun of ${id})`, images, runs };
}

function withoutRepeat(run: SpecRun | undefined): SpecRun[] {
  if (!run) return [];
  const { repeat: _, ...once } = run;
  return [once];
}
