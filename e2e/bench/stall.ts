/*
 * The longest time that the controller's event loop stands still while it is sent the worst legal input of every
 * endpoint and every socket message, one at a time, on a farm of 500 simulated boards. The controller is a process of
 * its own and measures itself: `greenrack_event_loop_stall_seconds` is the longest stall since it was last read.
 */
import {
  WORST_AGENT,
  WORST_REQUESTS,
  WorstFarm,
  worstAgentMessages,
  worstLiveMessages,
} from '../src/index.js';
import { report, say } from './report.js';
import { round } from './stats.js';

const AGENTS = 20;
const BOARDS_PER_AGENT = 25;
const RUNS = 1000;
const GOAL_MS = 50;

interface Stall {
  readonly input: string;
  readonly stallMs: number;
  readonly tookMs: number;
}

async function stallMs(worst: WorstFarm): Promise<number> {
  const page = await (await worst.farm.client.request('GET', '/metrics')).text();
  const [, seconds] = page.match(/^greenrack_event_loop_stall_seconds (\S+)/m) ?? [];
  if (seconds === undefined) throw new Error('the controller does not measure its stalls');
  return Number(seconds) * 1000;
}

async function measured(
  worst: WorstFarm,
  input: string,
  send: () => Promise<unknown>,
): Promise<Stall> {
  await stallMs(worst);
  const began = performance.now();
  await send();
  const tookMs = round(performance.now() - began);
  const stall = { input, stallMs: round(await stallMs(worst)), tookMs };
  say(`${String(Math.round(stall.stallMs)).padStart(6)} ms  ${input}`);
  return stall;
}

async function requests(worst: WorstFarm): Promise<Stall[]> {
  const stalls: Stall[] = [];
  for (const [route, make] of Object.entries(WORST_REQUESTS))
    for (const request of make(worst.place)) {
      const input = `${route} ${request.what}`.trim();
      stalls.push(await measured(worst, input, () => worst.send(route, request)));
    }
  return stalls;
}

async function messages(worst: WorstFarm): Promise<Stall[]> {
  const stalls: Stall[] = [];
  const tables = {
    '/agent': worstAgentMessages(WORST_AGENT),
    '/live': worstLiveMessages(worst.attemptId),
  } as const;
  for (const namespace of ['/agent', '/live'] as const) {
    const socket = await worst.connect(namespace);
    for (const [event, all] of Object.entries(tables[namespace]))
      for (const message of all) {
        const input = `${namespace} ${event} ${message.what}`;
        stalls.push(await measured(worst, input, () => worst.say(socket, event, message)));
      }
  }
  return stalls;
}

say(`${RUNS} runs on ${AGENTS * BOARDS_PER_AGENT} simulated boards first`);
const worst = await WorstFarm.start({
  agents: AGENTS,
  boardsPerAgent: BOARDS_PER_AGENT,
  runs: RUNS,
});
try {
  const idle = await measured(worst, 'nothing', async () => undefined);
  const stalls = [...(await messages(worst)), ...(await requests(worst))];
  stalls.sort((a, b) => b.stallMs - a.stallMs);
  report('stall', {
    inputs: stalls.length,
    idleMs: idle.stallMs,
    longestMs: stalls[0]?.stallMs,
    overGoal: stalls.filter((stall) => stall.stallMs > GOAL_MS).length,
    goal: `< ${GOAL_MS} ms`,
    ...Object.fromEntries(stalls.slice(0, 15).map(({ input, ...rest }) => [input, rest])),
  });
} finally {
  await worst.stop();
}
