import type { StoreDatabase } from '../store/for-stages.js';
import type { NewsFeed } from '../store/ports.js';
import type { Route } from '../web/route.js';
import { changeRoutes } from './change-route.js';
import { compareRoute } from './compare-route.js';
import { flakeRoute } from './flake-route.js';
import { seriesStateRoute } from './series-state-route.js';

/** What people and programs ask of the analysis. */
export function analyseRoutes(database: StoreDatabase, news: Pick<NewsFeed, 'publish'>): Route[] {
  const db = database.queries;
  return [...changeRoutes(database, news), seriesStateRoute(db), compareRoute(db), flakeRoute(db)];
}
