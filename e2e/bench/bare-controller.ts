import { createServer } from 'node:http';
import type { AgentToController, Assignment, ControllerToAgent } from '@greenrack/farm-protocol';
import { Server } from 'socket.io';

/**
 * A controller without a farm: the same messages on the same link, each acknowledged at once, nothing kept. What
 * socket.io itself can carry on this machine: the baseline for the real controller.
 */
export class BareController {
  readonly #http = createServer();
  readonly #io = new Server<AgentToController, ControllerToAgent>(this.#http, {
    transports: ['websocket'],
  });
  #left: number;
  #done: () => void = () => undefined;

  constructor(runs: number) {
    this.#left = runs;
  }

  async listen(): Promise<string> {
    await new Promise<void>((resolve) => this.#http.listen(0, '127.0.0.1', resolve));
    const address = this.#http.address();
    return `http://127.0.0.1:${typeof address === 'object' && address ? address.port : 0}`;
  }

  /** Hands out the runs to `boards` boards of each agent that connects; resolves when all have ended. */
  async serve(boards: number, assignment: Assignment): Promise<void> {
    let waiting = this.#left;
    const finished = new Promise<void>((resolve) => {
      this.#done = resolve;
    });
    this.#io.of('/agent').on('connection', (socket) => {
      const next = () => {
        if (waiting-- > 0) socket.emit('assign', assignment, () => undefined);
      };
      socket.on('hello', (_hello, reply) =>
        reply({ ok: true, controllerId: 'bare', leaseTtlMs: 30_000, boards: [], attempts: [] }),
      );
      socket.on('boards', (_report, reply) => {
        reply({ ok: true });
        for (let i = 0; i < boards; i++) next();
      });
      socket.on('console', (chunk, reply) =>
        reply({ ok: true, ackedConsoleBytes: chunk.offset + chunk.data.byteLength }),
      );
      socket.on('events', (batch, reply) => {
        const last = batch.events.at(-1);
        reply({ ok: true, ackedSeq: last?.seq ?? 0 });
        if (last?.body.type !== 'attemptEnd') return;
        next();
        if (--this.#left === 0) this.#done();
      });
    });
    await finished;
  }

  async close(): Promise<void> {
    await this.#io.close();
  }
}

/** An order as a real controller gives it. */
export function sampleAssignment(): Assignment {
  const id = (prefix: string) => `${prefix}_${'0'.repeat(23)}`;
  return {
    attemptId: id('att'),
    runId: id('run'),
    runName: 'smallest',
    attemptNumber: 1,
    leaseId: id('lea'),
    fence: 1,
    leaseTtlMs: 30_000,
    timeoutMs: 600_000,
    maxConsoleBytes: 1_000_000,
    board: {
      serial: 'b',
      target: 'FVP_MPS2_M3',
      model: 'm',
      tags: [],
      fixtures: [],
      wiring: { driver: 'qemu', params: {} },
    },
    image: { sha256: '0'.repeat(64), sizeBytes: 1, name: 'smallest.elf', format: 'elf' },
  };
}
