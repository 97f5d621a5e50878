import { randomBytes } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { pino } from 'pino';
import { JournalStore } from '../src/journal/journal-store.js';
import { assignmentOf, boardSpec } from './support/assignments.js';
import { TestAgent } from './support/test-agent.js';

jest.setTimeout(180_000);
const MB = 1024 * 1024;
const board = boardSpec('virt-1');
let rig: TestAgent;
beforeEach(async () => {
  rig = await TestAgent.start([board]);
});
afterEach(() => rig.stop());

describe('the streams of an attempt', () => {
  it('are reported side by side, each from where the controller has it, and before the end', async () => {
    await rig.stopAgent();
    const store = await JournalStore.open(rig.stateDir, pino({ level: 'silent' }));
    const assignment = assignmentOf(board, { bytes: Buffer.from('image'), name: 'a.bin' });
    await (await store.create(assignment)).close();
    const { attemptId } = assignment;
    const traces = { 'trace-power': randomBytes(2 * MB), 'trace-digital': randomBytes(MB) };
    for (const [name, bytes] of Object.entries(traces))
      writeFileSync(join(rig.stateDir, 'attempts', attemptId, `${name}.bin`), bytes);
    const known = new Map([['trace-power', traces['trace-power'].subarray(0, MB + 1)]]);
    const kept = { assignment, events: [], console: Buffer.alloc(0), traces: known, repeats: 0 };
    rig.controller.attempts.set(attemptId, kept);
    let cuts = 0;
    rig.controller.refusal = () => {
      if (cuts++ === 3) rig.controller.cut();
      return undefined;
    };
    await rig.startAgent();
    const end = await rig.controller.ended(attemptId);
    expect(end.streams?.map(({ name }) => name)).toEqual(['trace-digital', 'trace-power']);
    for (const [name, bytes] of Object.entries(traces))
      expect(known.get(name)?.equals(bytes)).toBe(true);
    expect(rig.controller.complaints).toEqual([]);
  });
});
