import { keptFindings } from '@greenrack/farm-model';
import { isSubmitterFault } from '@greenrack/farm-protocol';
import type { SeriesStateRow, StoreDatabase, Tx } from '../store/for-stages.js';
import type { Clock } from '../timing/clock.js';
import { type Candidate, candidatesOf } from './change-candidates.js';
import { type KnownChange, knownChanges, recordChange } from './change-writer.js';
import { measuredSeries, type Watched, watched } from './series-window.js';

/** Share of false ones among the changes that one build is said to make, over all its metrics that have noise. */
const FALSE_SHARE = 0.05;
/** Series of one transaction. */
const SERIES_AT_A_TIME = 16;
/** Builds without a false alarm after which a series may stop a gate again. */
const CALM_BUILDS = 30;

export interface SeriesAnalystDeps {
  readonly database: StoreDatabase;
  /** Runs an earlier build again, since there is nothing to compare a new one with in its environment. */
  readonly runBase: (base: Base) => Promise<void>;
  readonly clock: Clock;
}

/** A run whose image is to be measured again, on the same board. */
export interface Base {
  readonly runId: string;
  readonly boardSerial: string;
  readonly environment: string;
}

interface Look {
  readonly watched: Watched;
  readonly known: readonly KnownChange[];
  readonly candidates: readonly Candidate[];
}

/** Looks at what an attempt has measured: one build more of each of its series. */
export class SeriesAnalyst {
  readonly #deps: SeriesAnalystDeps;

  constructor(deps: SeriesAnalystDeps) {
    this.#deps = deps;
  }

  /** The duty. Answers when it has to look again, because another attempt came in between. */
  async attempt(attemptId: string): Promise<number | undefined> {
    const { database, clock } = this.#deps;
    const measured = await measuredSeries(database.queries, attemptId);
    const looks: Look[] = [];
    for (const { series, point, known } of measured)
      if (!isSteady({ series, point, known }))
        looks.push(await this.#look({ series, known, ref: point.ref }));
    const kept = keptOf(looks);
    let all = true;
    for (let i = 0; i < looks.length; i += SERIES_AT_A_TIME) {
      const some = looks.slice(i, i + SERIES_AT_A_TIME);
      all = (await database.transact((tx) => this.#write(tx, some, kept))) && all;
    }
    for (const base of basesOf(looks)) await this.#runBase(base);
    return all ? undefined : clock.now();
  }

  /** What cannot be run, since its image or board is gone or its tenant has its fill, is left: the next build is compared. */
  async #runBase(base: Base): Promise<void> {
    try {
      await this.#deps.runBase(base);
    } catch (error) {
      if (!isSubmitterFault(error)) throw error;
    }
  }

  async #look(of: Pick<Watched, 'series' | 'ref' | 'known'>): Promise<Look> {
    const { queries } = this.#deps.database;
    const one = await watched(queries, of);
    const known = await knownChanges(queries, { seriesId: of.series.id, ref: of.ref });
    // What alarms falsely again and again is shown, and not pursued.
    const candidates = of.known?.gates === 0 ? [] : candidatesOf(one, known);
    return { watched: one, known, candidates };
  }

  /** False when another look has written meanwhile: what this one knows is old. */
  async #write(tx: Tx, looks: readonly Look[], kept: ReadonlySet<Candidate>): Promise<boolean> {
    const nowMs = this.#deps.clock.now();
    let all = true;
    for (const look of looks) {
      if (!(await writeState(tx, look, nowMs))) all = false;
      else
        for (const one of look.candidates)
          if (kept.has(one)) await recordChange(tx, one, look.known, nowMs);
    }
    return all;
  }
}

/** An exact metric that has not moved: there is nothing to look at. */
function isSteady({ series, point, known }: Awaited<ReturnType<typeof measuredSeries>>[0]) {
  return (
    known?.state === 'steady' &&
    known.gates === 1 &&
    series.kind === 'exact' &&
    known.kind === 'exact' &&
    known.value === point.value &&
    known.environment_id === point.environment_id
  );
}

/** Of all metrics of a build, those whose changes are too unlikely for chance. An exact one needs no chance. */
function keptOf(looks: readonly Look[]): Set<Candidate> {
  const all = looks.flatMap(({ candidates }) => candidates);
  const exact = all.filter(({ kind }) => kind === 'exact');
  const noisy = all.filter(({ kind }) => kind !== 'exact');
  const quiet = looks.filter(
    ({ watched: { analysis }, candidates }) => analysis.kind !== 'exact' && candidates.length === 0,
  );
  const ps = [...noisy.map(({ p }) => p), ...quiet.map(() => 1)];
  const kept = keptFindings(ps, FALSE_SHARE);
  return new Set([...exact, ...noisy.filter((_, i) => kept[i])]);
}

async function writeState(tx: Tx, look: Look, nowMs: number): Promise<boolean> {
  const { series, ref, known } = look.watched;
  const row = stateOf(look, nowMs);
  if (!known) {
    const query = tx.insertInto('series_states').values(row);
    const inserted = query.onConflict((oc) => oc.doNothing()).returning('series_id');
    return (await inserted.executeTakeFirst()) !== undefined;
  }
  const { numUpdatedRows } = await tx
    .updateTable('series_states')
    .set(row)
    .where('series_id', '=', series.id)
    .where('ref', '=', ref)
    .where('revision', '=', known.revision)
    .executeTakeFirst();
  return numUpdatedRows > 0n;
}

function stateOf(look: Look, nowMs: number): SeriesStateRow {
  const { series, ref, known, points, analysis } = look.watched;
  const last = points.at(-1);
  const images = new Set(points.map(({ image_sha256 }) => image_sha256));
  const isNew = last?.image_sha256 !== known?.image_sha256;
  const calm = known?.gates === 0 ? known.calm_builds + (isNew ? 1 : 0) : 0;
  const earned = calm >= CALM_BUILDS;
  return {
    ...{ series_id: series.id, ref, profile: analysis.profile, kind: analysis.kind },
    state: stateName(look),
    environment_id: last?.environment_id ?? '',
    image_sha256: last?.image_sha256 ?? '',
    value: last?.value ?? 0,
    builds: images.size,
    spread: analysis.spread,
    false_alarms: earned ? 0 : (known?.false_alarms ?? 0),
    calm_builds: earned ? 0 : calm,
    gates: earned ? 1 : (known?.gates ?? 1),
    changed_ms: nowMs,
    revision: (known?.revision ?? 0) + 1,
  };
}

function stateName({ watched: one, known, candidates }: Look): SeriesStateRow['state'] {
  const isOpen = ({ state }: KnownChange) => ['detected', 'verified', 'assigned'].includes(state);
  if (isAlone(one)) return 'incomparable';
  if (candidates.some(({ kind }) => kind === 'exact') || known.some(isOpen)) return 'changed';
  return one.analysis.suspects.length > 0 || candidates.length > 0 ? 'suspect' : 'steady';
}

/** Whether the latest build is the only one in its environment. */
function isAlone({ points, analysis }: Watched): boolean {
  const last = points.at(-1);
  const here = points.filter((point) => point.environment_id === last?.environment_id);
  return (
    analysis.environments > 1 &&
    here.every(({ image_sha256 }) => image_sha256 === last?.image_sha256)
  );
}

/** The builds before, each once, whatever the number of its metrics. */
function basesOf(looks: readonly Look[]): Base[] {
  const bases = new Map<string, Base>();
  for (const { watched: one } of looks) {
    const last = one.points.at(-1);
    if (!last || !isAlone(one)) continue;
    const base = one.points.findLast((point) => point.environment_id !== last.environment_id);
    if (!base || base.image_sha256 === last.image_sha256) continue;
    const { board_serial: boardSerial } = one.series;
    bases.set(base.run_id, {
      ...{ runId: base.run_id, boardSerial, environment: last.environment_id },
    });
  }
  return [...bases.values()];
}
