/*
 * A farm with a past to look at: `bash scripts/bench.sh story`. It stays until Ctrl-C, and prints where it is; guests
 * may look, and the link that it prints signs in as its administrator.
 */
import { once } from 'node:events';
import { join } from 'node:path';
import { ROOT, StoryFarm } from '../src/index.js';
import { say } from './report.js';

/** Slow enough for a page to be looked at while its last submission runs. */
const SLOWNESS = Number(process.argv[2] ?? 1);

const story = await StoryFarm.tell({
  GREENRACK_ANONYMOUS_ROLE: 'viewer',
  GREENRACK_DASHBOARD_DIR: join(ROOT, 'dashboards/dist'),
});
const { client, adminToken } = story.farm;
if (SLOWNESS > 1) await story.submit(story.nights.length, SLOWNESS);
say(`${client.url}/#token=${adminToken}`);
await Promise.race([once(process, 'SIGINT'), once(process, 'SIGTERM')]);
await story.stop();
