import type { LinkReply } from '@greenrack/farm-protocol';
import { io, type Socket } from 'socket.io-client';
import { imagePath } from './images.js';
import { SimAgent } from './sim-agent.js';
import { TestFarm } from './test-farm.js';
import type { WorstPlace, WorstRequest } from './worst-inputs.js';
import type { WorstMessage } from './worst-messages.js';

const TARGET = 'FVP_MPS2_M3';
const REPLY_MS = 60_000;
/** Rack of the agent whose messages are the worst. */
export const WORST_AGENT = 'sim-worst';

export interface WorstPlan {
  readonly agents: number;
  readonly boardsPerAgent: number;
  readonly runs: number;
}

/** A farm of simulated agents that has done some work, to send the worst inputs to. */
export class WorstFarm {
  readonly farm: TestFarm;
  readonly place: WorstPlace;
  readonly attemptId: string;
  readonly #sockets: Socket[] = [];

  private constructor(farm: TestFarm, place: WorstPlace, attemptId: string) {
    this.farm = farm;
    this.place = place;
    this.attemptId = attemptId;
  }

  static async start({ agents, boardsPerAgent, runs }: WorstPlan): Promise<WorstFarm> {
    const racks = Array.from({ length: agents }, (_, i) => ({
      agent: `sim-${i + 1}`,
      boards: { 'fvp-mps2-m3': boardsPerAgent },
    }));
    const worst = { agent: WORST_AGENT, boards: { 'fvp-mps2-m3': 1 } };
    const farm = await TestFarm.start({ racks: [...racks, worst], simulated: true });
    const { url } = farm.client;
    const sims = racks.map(({ agent }) => new SimAgent(url, agent, farm.agentToken(agent)));
    try {
      await Promise.all(sims.map((agent) => agent.start()));
      const { place, attemptId } = await work(farm, runs);
      // They would begin what the worst submissions ask for.
      await Promise.all(sims.map((agent) => agent.stop()));
      return new WorstFarm(farm, place, attemptId);
    } catch (error) {
      await farm.stop();
      throw error;
    }
  }

  /** Methods and paths that the controller describes itself with. */
  async routes(): Promise<string[]> {
    const document = (await this.farm.client.json('GET', '/openapi.json')) as {
      paths: Record<string, Record<string, unknown>>;
    };
    return Object.entries(document.paths).flatMap(([path, methods]) =>
      Object.keys(methods).map((method) => `${method.toUpperCase()} ${path}`),
    );
  }

  /** Sends the request, reads the answer to its end, and returns its status. */
  async send(route: string, { path, body, type }: WorstRequest): Promise<number> {
    const response = await fetch(this.farm.client.url + path, {
      method: route.split(' ')[0] ?? 'GET',
      headers: {
        authorization: `Bearer ${this.farm.adminToken}`,
        ...(type === undefined ? {} : { 'content-type': type }),
      },
      ...(body === undefined || body === '' ? {} : { body }),
      signal: AbortSignal.timeout(REPLY_MS),
    });
    await response.arrayBuffer();
    return response.status;
  }

  async connect(namespace: '/agent' | '/live'): Promise<Socket> {
    const token = namespace === '/live' ? this.farm.adminToken : this.farm.agentToken(WORST_AGENT);
    const socket = io(this.farm.client.url + namespace, {
      ...{ transports: ['websocket'], multiplex: false, reconnection: false },
      auth: { token },
    });
    this.#sockets.push(socket);
    await new Promise<void>((resolve, reject) => {
      socket.once('connect', resolve);
      socket.once('connect_error', reject);
    });
    return socket;
  }

  /** Sends the message and returns whether the answer was a yes. */
  async say(socket: Socket, event: string, { message }: WorstMessage): Promise<boolean> {
    const reply: LinkReply<object> = await socket.timeout(REPLY_MS).emitWithAck(event, message);
    return reply.ok;
  }

  async stop(): Promise<void> {
    for (const socket of this.#sockets) socket.disconnect();
    await this.farm.stop();
  }
}

async function work(farm: TestFarm, runs: number) {
  const repeat = Math.min(runs, 1000);
  const each = { image: 'smallest.elf', target: TARGET, repeat };
  const spec = { version: 1, name: 'work', runs: Array(runs / repeat).fill(each) };
  const created = await farm.client.submit(spec, [imagePath(TARGET, 'smallest')]);
  const submissionId = created.submission.id;
  await farm.client.finished(submissionId, 300_000);
  const [first] = await farm.client.runs(submissionId);
  if (!first) throw new Error('the submission has no runs');
  const { attemptList } = await farm.client.run(first.id);
  const place: WorstPlace = {
    ...{ submissionId, runId: first.id, target: TARGET, sha256: first.imageSha256 },
    boardSerial: `${WORST_AGENT}-fvp-mps2-m3-1`,
  };
  return { place, attemptId: attemptList[0]?.id ?? '' };
}
