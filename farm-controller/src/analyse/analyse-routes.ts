import type { StoreDatabase } from '../store/for-stages.js';
import type { BlobStore, NewsFeed } from '../store/ports.js';
import type { Route } from '../web/route.js';
import { changeRoutes } from './change-route.js';
import { compareRoute } from './compare-route.js';
import { flakeRoute } from './flake-route.js';
import { FootprintReader } from './footprint-reader.js';
import { footprintRoute } from './footprint-route.js';
import { seriesStateRoute } from './series-state-route.js';

/** What people and programs ask of the analysis. */
export function analyseRoutes(
  database: StoreDatabase,
  { news, blobs }: { readonly news: Pick<NewsFeed, 'publish'>; readonly blobs: BlobStore },
): Route[] {
  const db = database.queries;
  return [
    footprintRoute(new FootprintReader(blobs)),
    ...changeRoutes(database, news),
    seriesStateRoute(db),
    compareRoute(db),
    flakeRoute(db),
  ];
}
