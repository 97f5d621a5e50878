import { randomBytes } from 'node:crypto';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { FarmClient } from './farm-client.js';
import { freePort } from './free-port.js';
import { ManagedProcess } from './managed-process.js';
import { type RackPlan, writeInventory } from './test-inventory.js';

/** The checkout's root, from `e2e/src` as from `e2e/dist/src`. */
export const ROOT = fileURLToPath(
  new URL(import.meta.url.includes('/dist/') ? '../../..' : '../..', import.meta.url),
);

export interface FarmPlan {
  readonly racks: readonly RackPlan[];
  /** Several controllers need both URLs. Default 1. */
  readonly controllers?: number;
  /** Of the first controller. Default: any. */
  readonly port?: number;
  readonly databaseUrl?: string;
  readonly redisUrl?: string;
  /** More environment for every controller. */
  readonly controllerEnv?: Readonly<Record<string, string>>;
  /** Starts no agent: the caller brings simulated ones. Default false. */
  readonly simulated?: boolean;
  /** More environment for every agent. */
  readonly agentEnv?: Readonly<Record<string, string>>;
}

/** A whole farm of real processes in a directory of its own. */
export class TestFarm {
  readonly dir: string;
  readonly controllers: ManagedProcess[] = [];
  readonly agents = new Map<string, ManagedProcess>();
  readonly clients: FarmClient[] = [];
  readonly #plan: FarmPlan;
  readonly #secret = `grk_${randomBytes(32).toString('base64url')}`;

  private constructor(plan: FarmPlan) {
    this.#plan = plan;
    this.dir = mkdtempSync(join(tmpdir(), 'greenrack-e2e-'));
  }

  /** Starts controllers first, then every agent; rejects with the logs when one of them does not come up. */
  static async start(plan: FarmPlan): Promise<TestFarm> {
    const farm = new TestFarm(plan);
    try {
      await farm.#up();
      return farm;
    } catch (error) {
      await farm.stop();
      throw error;
    }
  }

  /** Client of the first controller, as admin. */
  get client(): FarmClient {
    const first = this.clients[0];
    if (!first) throw new Error('the farm has no controller');
    return first;
  }

  get controller(): ManagedProcess {
    const first = this.controllers[0];
    if (!first) throw new Error('the farm has no controller');
    return first;
  }

  agent(name: string): ManagedProcess {
    const agent = this.agents.get(name);
    if (!agent) throw new Error(`no agent ${name} in this farm`);
    return agent;
  }

  /** The credential of {@link client}, for processes that bring their own. */
  get adminToken(): string {
    return this.#secret;
  }

  /** The credential of a rack's agent. */
  agentToken(name: string): string {
    return readFileSync(join(this.dir, `${name}.token`), 'utf8');
  }

  async #up(): Promise<void> {
    writeInventory(join(this.dir, 'inventory'), this.#plan.racks);
    this.#writeTokens();
    for (let i = 0; i < (this.#plan.controllers ?? 1); i++) await this.#addController(i);
    if (this.#plan.simulated) return;
    await Promise.all(this.#plan.racks.map((rack, i) => this.#addAgent(rack, i)));
  }

  #writeTokens(): void {
    const admin = { name: 'e2e', role: 'admin', tenant: 'default', secret: this.#secret };
    const agents = this.#plan.racks.map((rack) => {
      const secret = `grk_${randomBytes(32).toString('base64url')}`;
      writeFileSync(join(this.dir, `${rack.agent}.token`), secret, { mode: 0o600 });
      return { name: rack.agent, role: 'agent', tenant: 'default', secret };
    });
    writeFileSync(join(this.dir, 'tokens.json'), JSON.stringify([admin, ...agents]), {
      mode: 0o600,
    });
  }

  async #addController(index: number): Promise<void> {
    const { port = await freePort() } = index === 0 ? this.#plan : {};
    const shared = this.#plan.databaseUrl !== undefined;
    const stateDir = join(this.dir, shared ? 'shared-state' : `controller-${index}`);
    mkdirSync(stateDir, { recursive: true });
    const controller = new ManagedProcess({
      name: `controller ${index}`,
      script: join(ROOT, 'farm-controller/dist/main.js'),
      env: {
        GREENRACK_HTTP_PORT: String(port),
        GREENRACK_STATE_DIR: stateDir,
        GREENRACK_INVENTORY_DIR: join(this.dir, 'inventory'),
        GREENRACK_BOOTSTRAP_TOKENS_FILE: join(this.dir, 'tokens.json'),
        GREENRACK_LOG_LEVEL: 'warn',
        ...(this.#plan.databaseUrl === undefined ? {} : { DATABASE_URL: this.#plan.databaseUrl }),
        ...(this.#plan.redisUrl === undefined ? {} : { REDIS_URL: this.#plan.redisUrl }),
        ...this.#plan.controllerEnv,
      },
    });
    this.controllers.push(controller);
    const url = `http://127.0.0.1:${port}`;
    this.clients.push(new FarmClient(url, this.#secret));
    await controller.start();
  }

  async #addAgent(rack: RackPlan, index: number): Promise<void> {
    const urls = this.clients.map((client) => client.url);
    // Spread the agents over the controllers; each knows all of them in case its own dies.
    const own = index % urls.length;
    const agent = new ManagedProcess({
      name: `agent ${rack.agent}`,
      script: join(ROOT, 'runner-agent/dist/main.js'),
      env: {
        GREENRACK_CONTROLLER_URLS: [...urls.slice(own), ...urls.slice(0, own)].join(','),
        GREENRACK_AGENT_NAME: rack.agent,
        GREENRACK_AGENT_TOKEN_FILE: join(this.dir, `${rack.agent}.token`),
        GREENRACK_STATE_DIR: join(this.dir, `agent-${rack.agent}`),
        GREENRACK_LOG_LEVEL: 'warn',
        ...this.#plan.agentEnv,
      },
    });
    this.agents.set(rack.agent, agent);
    await agent.start();
  }

  /** Ends every process and removes the farm's directory. */
  async stop(): Promise<void> {
    const all = [...this.agents.values(), ...this.controllers];
    const ends = await Promise.allSettled(all.map((process) => process.kill('SIGTERM')));
    rmSync(this.dir, { recursive: true, force: true });
    const failed = ends.filter((end) => end.status === 'rejected');
    if (failed.length > 0)
      throw new AggregateError(
        failed.map((end) => end.reason),
        'processes did not end cleanly',
      );
  }
}
