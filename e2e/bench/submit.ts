/*
 * How long the answer to a submission of 1000 runs takes: while nothing runs, and while 500 simulated boards are busy
 * with others. The idle farm is the baseline of the same run. The controller is a process of its own; the agents
 * share this one.
 */
import { imagePath, SimAgent, TestFarm } from '../src/index.js';
import { report, say } from './report.js';
import { round, summarise } from './stats.js';

const TARGET = 'FVP_MPS2_M3';
const AGENTS = 20;
const BOARDS_PER_AGENT = 25;
const RUNS = 1000;
/** What the boards do meanwhile; one submission may have that many. */
const LOAD_RUNS = 5000;
const SUBMISSIONS = 5;

const racks = Array.from({ length: AGENTS }, (_, i) => ({
  agent: `sim-${i + 1}`,
  boards: { 'fvp-mps2-m3': BOARDS_PER_AGENT },
}));

async function submitTimes() {
  const farm = await TestFarm.start({ racks, simulated: true });
  const agents = racks.map(
    ({ agent }) => new SimAgent(farm.client.url, agent, farm.agentToken(agent)),
  );
  try {
    await submit(farm, RUNS);
    const idle = await times(farm);
    for (let i = 0; i < 2; i++) await submit(farm, LOAD_RUNS);
    await Promise.all(agents.map((agent) => agent.start()));
    return { idle: summarise(idle), busy: summarise(await times(farm)) };
  } finally {
    for (const agent of agents) agent.leave();
    await farm.stop();
  }
}

async function submit(farm: TestFarm, runs: number): Promise<number> {
  const each = { image: 'smallest.elf', target: TARGET, repeat: RUNS };
  const spec = { version: 1, name: 'load', runs: Array.from({ length: runs / RUNS }, () => each) };
  const began = performance.now();
  await farm.client.submit(spec, [imagePath(TARGET, 'smallest')]);
  return performance.now() - began;
}

async function times(farm: TestFarm): Promise<number[]> {
  const taken: number[] = [];
  for (let i = 0; i < SUBMISSIONS; i++) taken.push(await submit(farm, RUNS));
  return taken;
}

say(`submissions of ${RUNS} runs beside ${AGENTS * BOARDS_PER_AGENT} simulated boards`);
const { idle, busy } = await submitTimes();
report('submit', {
  runs: RUNS,
  busyBoards: AGENTS * BOARDS_PER_AGENT,
  idleMs: round(idle.median),
  busyMs: round(busy.median),
  busyLongestMs: round(busy.max),
  ratio: round(busy.median / idle.median),
});
