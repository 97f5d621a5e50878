import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import {
  WORST_AGENT,
  WORST_REQUESTS,
  WorstFarm,
  worstAgentMessages,
  worstLiveMessages,
} from '../src/index.js';

let worst: WorstFarm;
beforeAll(async () => {
  worst = await WorstFarm.start({ agents: 2, boardsPerAgent: 5, runs: 20 });
}, 120_000);
afterAll(() => worst.stop());

/** Does it, while somebody else asks for something small. */
async function besides<T>(act: () => Promise<T>): Promise<T> {
  const acting = act();
  expect((await fetch(`${worst.farm.client.url}/healthz`)).status).toBe(200);
  return acting;
}

describe('the worst input', () => {
  it('is known of every endpoint, and of none that is not there', async () => {
    expect(Object.keys(WORST_REQUESTS).sort()).toEqual((await worst.routes()).sort());
  });

  it.each(Object.keys(WORST_REQUESTS))(
    'of %s is answered as it should be, and others are served',
    async (route) => {
      for (const request of WORST_REQUESTS[route]?.(worst.place) ?? []) {
        const status = await besides(() => worst.send(route, request));
        expect([request.what, status]).toEqual([request.what, request.status]);
      }
    },
    120_000,
  );

  it.each(Object.keys(worstAgentMessages(WORST_AGENT)))(
    'of an agent’s %s is answered as it should be, and others are served',
    async (event) => {
      const socket = await worst.connect('/agent');
      const table = worstAgentMessages(WORST_AGENT);
      const [hello] = table.hello;
      if (hello) await worst.say(socket, 'hello', hello);
      for (const message of Object.entries(table).find(([name]) => name === event)?.[1] ?? []) {
        const ok = await besides(() => worst.say(socket, event, message));
        expect([message.what, ok]).toEqual([message.what, message.ok]);
      }
      socket.disconnect();
    },
    60_000,
  );

  it.each(Object.keys(worstLiveMessages('')))(
    'of a watcher’s %s is answered as it should be, and others are served',
    async (event) => {
      const socket = await worst.connect('/live');
      const table = worstLiveMessages(worst.attemptId);
      for (const message of Object.entries(table).find(([name]) => name === event)?.[1] ?? []) {
        const ok = await besides(() => worst.say(socket, event, message));
        expect([message.what, ok]).toEqual([message.what, message.ok]);
      }
    },
    60_000,
  );
});
