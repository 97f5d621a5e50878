import { nightChanges } from './analyse/night-changes.js';
import { nightOf } from './plan/nights.js';
import type { NightlyDeps } from './report/nightly-maker.js';
import type { Store } from './store/ports.js';
import { FairTurns } from './timing/fair-turns.js';

/** Reports of what has changed overnight, joined with schedules and the analysis of series. */
export function nightlyOver(store: Store): NightlyDeps {
  const { queries } = store.database;
  return {
    store,
    nightOf: (submissionId) => nightOf(queries, submissionId),
    changesOf: (night) => nightChanges(queries, night),
    turns: new FairTurns({ places: 1, placesEach: 1, waitingEach: 20 }),
  };
}
