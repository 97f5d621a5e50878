/*
 * Runs per second that one controller carries, with simulated agents that speak the protocol only: every run is taken
 * from its lane, leased, assigned, reported with 16 events and a console log, committed and released. The controller
 * is a process of its own; agents and benchmark share another.
 * Baseline of the same run: the same messages against an empty socket.io server that keeps nothing.
 */
import { EVENTS_PER_RUN, imagePath, SimAgent, TestFarm } from '../src/index.js';
import { BareController, sampleAssignment } from './bare-controller.js';
import { report, say } from './report.js';
import { round } from './stats.js';

const TARGET = 'FVP_MPS2_M3';
const AGENTS = 20;
const BOARDS_PER_AGENT = 5;
const RUNS = 4000;
/** Every n-th run is read back to see that each of its events was committed. */
const CHECK_EVERY = 20;

const racks = Array.from({ length: AGENTS }, (_, i) => ({
  agent: `sim-${i + 1}`,
  boards: { 'fvp-mps2-m3': BOARDS_PER_AGENT },
}));

async function farmRate(): Promise<{ runsPerSecond: number; eventsChecked: number }> {
  const farm = await TestFarm.start({ racks, simulated: true });
  const agents = racks.map(
    (rack) => new SimAgent(farm.client.url, rack.agent, farm.agentToken(rack.agent)),
  );
  try {
    const spec = {
      version: 1,
      name: 'throughput',
      runs: Array.from({ length: RUNS / 1000 }, () => ({
        image: 'smallest.elf',
        target: TARGET,
        repeat: 1000,
      })),
    };
    const created = await farm.client.submit(spec, [imagePath(TARGET, 'smallest')]);
    const began = performance.now();
    await Promise.all(agents.map((agent) => agent.start()));
    const view = await farm.client.finished(created.submission.id, 300_000);
    const seconds = (performance.now() - began) / 1000;
    if (view.verdicts.pass !== RUNS)
      throw new Error(`not every run passed: ${JSON.stringify(view.verdicts)}`);
    return {
      runsPerSecond: RUNS / seconds,
      eventsChecked: await checkEvents(farm, created.submission.id),
    };
  } finally {
    await Promise.all(agents.map((agent) => agent.stop()));
    await farm.stop();
  }
}

async function checkEvents(farm: TestFarm, submissionId: string): Promise<number> {
  const runs = (await farm.client.runs(submissionId)).filter((_, i) => i % CHECK_EVERY === 0);
  for (const run of runs) {
    const events = await farm.client.events(run.id, run.attempts);
    if (events.length !== EVENTS_PER_RUN)
      throw new Error(`run ${run.id} has ${events.length} events`);
  }
  return runs.length * EVENTS_PER_RUN;
}

async function bareRate(): Promise<number> {
  const controller = new BareController(RUNS);
  const url = await controller.listen();
  const agents = racks.map((rack) => new SimAgent(url, rack.agent, 'none'));
  try {
    const served = controller.serve(BOARDS_PER_AGENT, sampleAssignment());
    const began = performance.now();
    await Promise.all(agents.map((agent) => agent.start()));
    await served;
    return RUNS / ((performance.now() - began) / 1000);
  } finally {
    await Promise.all(agents.map((agent) => agent.stop()));
    await controller.close();
  }
}

say(`${RUNS} runs on ${AGENTS * BOARDS_PER_AGENT} simulated boards of ${AGENTS} agents`);
const farm = await farmRate();
const bare = await bareRate();
report('throughput', {
  runs: RUNS,
  agents: AGENTS,
  boards: AGENTS * BOARDS_PER_AGENT,
  eventsPerRun: EVENTS_PER_RUN,
  runsPerSecond: round(farm.runsPerSecond),
  eventsPerSecond: round(farm.runsPerSecond * EVENTS_PER_RUN),
  eventsReadBack: farm.eventsChecked,
  bareLinkRunsPerSecond: round(bare),
  ratio: round(farm.runsPerSecond / bare),
  goal: '>= 200 runs per second with every event committed',
});
