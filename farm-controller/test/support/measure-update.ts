/*
 * How long the update of a long history takes: npx tsx farm-controller/test/support/measure-update.ts [submissions]
 * Writes an SQLite database as version 9 left it, brings it up to date, and reads the totals before and after.
 */
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { sql } from 'kysely';
import { storeOver } from '../../src/farm-store.js';
import { migrate } from '../../src/store/migrate.js';
import { MIGRATIONS } from '../../src/store/migrations/index.js';
import { openDatabase } from '../../src/store/open-database.js';
import { fillHistory } from './old-history.js';
import { NOW } from './store-fixtures.js';

const submissions = Number(process.argv[2] ?? 1_000_000);
const dir = mkdtempSync(join(tmpdir(), 'greenrack-measure-'));
const say = (text: string): boolean => process.stdout.write(`${text}\n`);

async function timed(what: string, work: () => Promise<unknown>): Promise<void> {
  const fromMs = performance.now();
  await work();
  say(`${what}: ${(performance.now() - fromMs).toFixed(1)} ms`);
}

try {
  const db = await openDatabase({ stateDir: dir });
  const old = MIGRATIONS.filter(({ version }) => version < 10);
  await migrate(db, old, { nowMs: NOW });
  await timed(`${submissions} submissions written`, () => fillHistory(db, submissions));
  say(`file: ${(statSync(join(dir, 'farm.sqlite')).size / 1e6).toFixed(0)} MB`);
  const scan = sql`
    select verdict, sum(n) from submission_verdicts where submission_id not in
      (select submission_id from runs where health_check = 1) group by verdict`;
  await timed('totals by going through the history', () => scan.execute(db.queries));
  const onProgress = (at: object) => say(JSON.stringify(at));
  await timed('update', () => migrate(db, MIGRATIONS, { nowMs: NOW, onProgress }));
  await timed('totals', () => storeOver(db).counts());
  await db.queries.destroy();
} finally {
  rmSync(dir, { recursive: true, force: true });
}
