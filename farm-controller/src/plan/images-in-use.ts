import type { Queries } from '../store/for-stages.js';
import { newestImages, wantedNames } from './newest-images.js';
import { specOf } from './schedule-store.js';

/** What schedules would submit if they were due now: submissions whose images they would take, and images by hash. */
export async function imagesInUse(
  db: Queries,
): Promise<{ submissions: ReadonlySet<string>; images: ReadonlySet<string> }> {
  const rows = await db.selectFrom('schedules').selectAll().where('deleted', '=', 0).execute();
  const submissions = new Set<string>();
  const images = new Set<string>();
  for (const row of rows) {
    const spec = specOf(row);
    for (const { sha256 } of spec.images) if (sha256 !== undefined) images.add(sha256);
    const names = wantedNames(spec);
    const found = names.size === 0 ? undefined : await newestImages(db, row, names);
    if (found) submissions.add(found.submissionId);
  }
  return { submissions, images };
}
