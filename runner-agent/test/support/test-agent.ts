import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Assignment, BoardSpec } from '@greenrack/farm-protocol';
import { pino } from 'pino';
import { type RunningAgent, startAgent } from '../../src/agent.js';
import type { AgentConfig } from '../../src/config.js';
import { assignmentOf, firmware } from './assignments.js';
import { FakeController } from './fake-controller.js';

/** An agent in this process and a controller to talk to, over real sockets and real emulators. */
export class TestAgent {
  readonly controller: FakeController;
  readonly stateDir = mkdtempSync(join(tmpdir(), 'greenrack-agent-'));
  #agent: RunningAgent | undefined;

  private constructor(
    boards: BoardSpec[],
    private readonly pythonHostTests: string[],
  ) {
    this.controller = new FakeController(boards);
  }

  /** @param pythonHostTests folders with host tests in Python */
  static async start(boards: BoardSpec[], pythonHostTests: string[] = []): Promise<TestAgent> {
    const rig = new TestAgent(boards, pythonHostTests);
    await rig.controller.listen();
    await rig.startAgent();
    await rig.controller.agentReady();
    return rig;
  }

  async startAgent(more: Partial<AgentConfig> = {}): Promise<void> {
    const config = {
      controllerUrls: [this.controller.url],
      name: 'rack-1',
      token: this.controller.token,
      stateDir: this.stateDir,
      logLevel: 'warn' as const,
      imageCacheBytes: 64 * 1024 * 1024,
      pythonHostTests: this.pythonHostTests,
      python: 'python3',
      ...more,
    };
    const level = process.env.GREENRACK_TEST_LOG ?? 'silent';
    this.#agent = await startAgent(config, pino({ level }, pino.destination(2)));
  }

  async stopAgent(): Promise<void> {
    await this.#agent?.stop();
    this.#agent = undefined;
  }

  /** Sends a firmware image to a board and answers the assignment; the run goes on meanwhile. */
  async begin(
    board: BoardSpec,
    file: string | { bytes: Buffer; name: string },
    more: Partial<Assignment> = {},
  ): Promise<Assignment> {
    const image = typeof file === 'string' ? firmware(board, file) : file;
    this.controller.addImage(image.bytes);
    const assignment = assignmentOf(board, image, more);
    await this.controller.assign(assignment);
    return assignment;
  }

  /** Folders of attempts that the agent still holds. */
  heldOnDisk(): string[] {
    return readdirSync(join(this.stateDir, 'attempts'));
  }

  /** Attempts whose journal is kept because the controller refused it. */
  refusedOnDisk(): string[] {
    const dir = join(this.stateDir, 'refused-attempts');
    return existsSync(dir) ? readdirSync(dir) : [];
  }

  async stop(): Promise<void> {
    await this.stopAgent();
    await this.controller.close();
    rmSync(this.stateDir, { recursive: true, force: true });
  }
}
