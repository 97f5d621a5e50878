import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Assignment, AttemptEnd } from '@greenrack/farm-protocol';
import type { Flood } from './console-floods.js';
import { FloodingBoard } from './flooding-board.js';
import { ProbedAgent } from './probed-agent.js';
import { plainWelcome, ScriptedController } from './scripted-controller.js';
import { type LinkInput, WORST_LINK_INPUTS } from './worst-link-inputs.js';

const MIB = 1024 * 1024;
/** An image of one record, and what it costs most to read: as many empty records as the largest image holds. */
const SMALL_HEX = Buffer.from(':0400000000000020DC\n:00000001FF\n');
const EMPTY_RECORD = ':0000000000\n';

/** An agent, its only board, and the controller that makes life hard for it. */
export class StallRig {
  #attempts = 0;

  private constructor(
    private readonly dir: string,
    readonly board: FloodingBoard,
    readonly controller: ScriptedController,
    readonly agent: ProbedAgent,
  ) {}

  static async start(): Promise<StallRig> {
    const dir = mkdtempSync(join(tmpdir(), 'greenrack-stall-'));
    const board = await FloodingBoard.start(dir);
    const controller = new ScriptedController();
    const url = await controller.listen();
    controller.welcome = plainWelcome(board.spec());
    const reported = controller.next('boards');
    const agent = new ProbedAgent({ url, token: 'grk_stall', stateDir: join(dir, 'state') });
    await reported;
    return new StallRig(dir, board, controller, agent);
  }

  async stop(): Promise<void> {
    await this.agent.stop();
    await this.controller.close();
    await this.board.close();
    rmSync(this.dir, { recursive: true, force: true });
  }

  /** Longest stall of the agent's event loop while `act` is under way, in ms. */
  async stallDuring(act: () => Promise<unknown>): Promise<number> {
    await this.agent.longestStallMs();
    await act();
    return await this.agent.longestStallMs();
  }

  /** Lets the board print until the log is full. */
  async flood(flood: Flood, maxConsoleBytes: number): Promise<AttemptEnd> {
    this.board.flood = flood;
    return await this.controller.run(this.#assignment(SMALL_HEX, flood, maxConsoleBytes));
  }

  /** Has the agent read the image of `bytes` size that takes longest. */
  async largeImage(bytes: number): Promise<AttemptEnd> {
    const image = Buffer.from(EMPTY_RECORD.repeat(Math.floor(bytes / EMPTY_RECORD.length)));
    return await this.controller.run(this.#assignment(image, { compareLog: ['never'] }, MIB));
  }

  /** Sends the worst message of its kind, and waits until the agent has dealt with it. */
  async send(input: LinkInput): Promise<void> {
    const { controller } = this;
    if (input === 'assign') {
      const assignment = WORST_LINK_INPUTS.assign();
      await controller.run(assignment);
    } else if (input === 'cancel' || input === 'present')
      await controller.order(input, WORST_LINK_INPUTS[input]());
    else if (input === 'answer to hello')
      await controller.greetAgain(WORST_LINK_INPUTS['answer to hello']());
    else await this.#answerWorst(input);
    // Whatever an answer broke, the agent comes back and takes work.
    await controller.greetAgain(plainWelcome(this.board.spec()));
  }

  async #answerWorst(input: Exclude<LinkInput, 'assign' | 'cancel' | 'present'>): Promise<void> {
    const { controller } = this;
    const name = input.slice('answer to '.length) as 'boards' | 'events' | 'console' | 'renew';
    controller.answers.set(name, WORST_LINK_INPUTS[input]());
    const given = controller.next(name);
    if (name === 'boards') await controller.greetAgain(plainWelcome(this.board.spec()));
    else await this.#whileRunning(given);
  }

  /** With a lease that is renewed every second. */
  async #whileRunning(given: Promise<void>): Promise<void> {
    this.board.flood = undefined;
    await this.controller.greetAgain({ ...plainWelcome(this.board.spec()), leaseTtlMs: 3000 });
    const assignment = this.#assignment(SMALL_HEX, { compareLog: ['never'] }, MIB);
    await this.controller.order('assign', { ...assignment, leaseTtlMs: 3000, timeoutMs: 5000 });
    await given;
  }

  #assignment(
    image: Buffer,
    { compareLog, hostTest }: Partial<Flood>,
    maxConsoleBytes: number,
  ): Assignment {
    this.controller.image = image;
    const number = String(++this.#attempts).padStart(23, '1');
    const sha256 = createHash('sha256').update(image).digest('hex');
    return {
      attemptId: `att_${number}`,
      runId: `run_${number}`,
      runName: 'stall',
      attemptNumber: 1,
      leaseId: `lea_${number}`,
      fence: this.#attempts,
      leaseTtlMs: 30_000,
      board: this.board.spec(),
      image: { sha256, sizeBytes: image.length, name: 'stall.hex', format: 'hex' },
      timeoutMs: 60_000,
      ...(hostTest !== undefined && { hostTest }),
      ...(compareLog && { compareLog: { lines: [...compareLog] } }),
      maxConsoleBytes,
    };
  }
}
