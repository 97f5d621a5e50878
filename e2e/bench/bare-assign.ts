import { mkdtemp, open, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { AgentToController, ControllerToAgent, EventBody } from '@greenrack/farm-protocol';
import { io, type Socket } from 'socket.io-client';
import { BareController, sampleAssignment } from './bare-controller.js';
import { runBare } from './bare-qemu.js';

/** Writes that wait for the disk between two attempts: the agent's journal of the end, two commits, its journal of the order. */
const WRITES = 4;
const ROW = Buffer.alloc(400, '.');

const END: EventBody = {
  ...{ type: 'attemptEnd', verdict: 'pass', reason: 'completed', message: '' },
  ...{ consoleBytes: 0, consoleSha256: '0'.repeat(64) },
};

/**
 * The least that lies between the end of an attempt and the start of the next, without a farm: the messages of the link
 * and the writes that wait for the disk, while each board's emulator boots in turn. Milliseconds of each gap.
 */
export async function bareAssign(elf: string, boards: number, runs: number): Promise<number[]> {
  const each = Array.from({ length: boards }, () => gapsOfBoard(elf, runs / boards));
  return (await Promise.all(each)).flat();
}

async function gapsOfBoard(elf: string, runs: number): Promise<number[]> {
  const controller = new BareController(runs);
  const url = await controller.listen();
  const served = controller.serve(1, sampleAssignment());
  const dir = await mkdtemp(join(tmpdir(), 'greenrack-assign-'));
  const socket: Socket<ControllerToAgent, AgentToController> = io(`${url}/agent`, {
    ...{ transports: ['websocket'], multiplex: false },
  });
  try {
    const gaps: number[] = [];
    let assigned = nextAssign(socket);
    socket.emit('boards', { boards: [] }, () => undefined);
    for (let left = runs; left > 0; left--) {
      await assigned;
      await runBare(elf);
      const began = performance.now();
      assigned = nextAssign(socket);
      socket.emit('events', { ...KEY, events: [{ seq: 1, atUs: 0, body: END }] }, () => undefined);
      if (left === 1) break;
      await Promise.all([assigned, writeThrough(join(dir, 'rows'))]);
      gaps.push(performance.now() - began);
    }
    await served;
    return gaps;
  } finally {
    socket.disconnect();
    await controller.close();
    await rm(dir, { recursive: true });
  }
}

const KEY = { attemptId: sampleAssignment().attemptId, fence: 1 };

function nextAssign(socket: Socket<ControllerToAgent, AgentToController>): Promise<void> {
  return new Promise((resolve) => {
    socket.once('assign', (_order, reply) => {
      reply({ ok: true, accepted: true });
      resolve();
    });
  });
}

async function writeThrough(path: string): Promise<void> {
  const file = await open(path, 'a');
  try {
    for (let i = 0; i < WRITES; i++) {
      await file.write(ROW);
      await file.datasync();
    }
  } finally {
    await file.close();
  }
}
