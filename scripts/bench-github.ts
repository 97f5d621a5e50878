/*
 * How soon a check is there after its event, and concluded after its last result, and how many requests a submission of
 * 1000 runs costs: against a GitHub of ours, which answers at once. The farm is the rest. Fewer commits than its budget of
 * writes has room for in a minute, or that would be measured.
 */
import { report, say } from '../e2e/bench/report.js';
import { round, summarise } from '../e2e/bench/stats.js';
import { GithubFarm } from '../e2e/test/support/github/github-farm.js';

const COMMITS = 12;
const RUNS = 1_000;
const TARGET = 'FVP_MPS2_M3';
const SUMMARY = 'greenrack';

const shaOf = (n: number): string => n.toString(16).padStart(40, '0');

/** When the last run of a submission ended. */
async function lastResultMs(lab: GithubFarm, submissionId: string): Promise<number> {
  const answer = await lab.farm.client.json('GET', `/submissions/${submissionId}/runs`);
  const { items } = answer as { items: { finishedMs: number }[] };
  return Math.max(...items.map(({ finishedMs }) => finishedMs));
}

async function oneCommit(lab: GithubFarm, n: number) {
  const sha = shaOf(n);
  const beganMs = performance.now();
  await lab.open(n, sha);
  await lab.check(sha, SUMMARY);
  const visibleMs = performance.now() - beganMs;
  const { submission } = await lab.submit(sha, ['pass']);
  await lab.ended(sha, SUMMARY);
  const endedMs = Date.now();
  return { visibleMs, concludedMs: endedMs - (await lastResultMs(lab, submission.id)) };
}

/** Requests from the event to the conclusion. */
async function requestsOf(lab: GithubFarm, n: number, runs: number): Promise<readonly string[]> {
  const { calls } = lab.github;
  const before = calls.length;
  await lab.open(n, shaOf(n));
  const run = { image: 'pass.elf', target: TARGET, name: 'run', repeat: runs };
  await lab.submit(shaOf(n), ['pass'], { runs: [run] });
  await lab.ended(shaOf(n), SUMMARY);
  return calls.slice(before);
}

say(`${COMMITS} commits, and a submission of ${RUNS} runs`);
const lab = await GithubFarm.start({ boards: 20, simulated: true });
try {
  const commits: Awaited<ReturnType<typeof oneCommit>>[] = [];
  for (let n = 1; n <= COMMITS; n++) commits.push(await oneCommit(lab, n));
  const requests = await requestsOf(lab, COMMITS + 1, RUNS);
  const visible = summarise(commits.map(({ visibleMs }) => visibleMs));
  const concluded = summarise(commits.map(({ concludedMs }) => concludedMs));
  report('github', {
    ...{ commits: COMMITS, runs: RUNS },
    ...{ visibleMs: round(visible.median), visibleLongestMs: round(visible.max) },
    ...{ concludedMs: round(concluded.median), concludedLongestMs: round(concluded.max) },
    requests: requests.length,
    writes: requests.filter((operation) => !operation.startsWith('GET ')).length,
  });
} finally {
  await lab.stop();
}
