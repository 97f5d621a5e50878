import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { AttemptEvent, ErrorCode } from '@greenrack/farm-protocol';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { pino } from 'pino';
import { JournalStore } from '../src/journal/journal-store.js';
import { assignmentOf, boardSpec } from './support/assignments.js';
import { TestAgent } from './support/test-agent.js';

/** A busy machine may take seconds to start an emulator or a process. */
jest.setTimeout(180_000);
const board = boardSpec('virt-1');
const image = { bytes: Buffer.from('image'), name: 'a.bin' };
let rig: TestAgent;
beforeEach(async () => {
  rig = await TestAgent.start([board]);
});
afterEach(async () => {
  await rig.stop();
});

const has = (type: AttemptEvent['body']['type'], events: readonly AttemptEvent[] = []): boolean =>
  events.some(({ body }) => body.type === type);

async function boardTakesAnother(fence: number): Promise<void> {
  rig.controller.refusal = () => undefined;
  const next = await rig.begin(board, 'smallest.elf', { fence });
  expect(await rig.controller.ended(next.attemptId)).toMatchObject({ verdict: 'pass' });
}

/** An attempt that an earlier process ended as cancelled, and died before it could forget it. */
async function leftBehind(): Promise<string> {
  await rig.stopAgent();
  const store = await JournalStore.open(rig.stateDir, pino({ level: 'silent' }));
  const assignment = assignmentOf(board, image);
  const journal = await store.create(assignment);
  const consoleSha256 = createHash('sha256').digest('hex');
  const end = { type: 'attemptEnd', consoleBytes: 0, consoleSha256 } as const;
  journal.append({ ...end, verdict: 'cancelled', reason: 'cancelled', message: 'dropped' }, 10);
  await journal.flush();
  await journal.close();
  const { attemptId } = assignment;
  const kept = { assignment, events: [], console: Buffer.alloc(0), traces: new Map(), repeats: 0 };
  rig.controller.attempts.set(attemptId, kept);
  return attemptId;
}

describe('a report that the controller refuses', () => {
  it('for good stops the run, which ends as an internal error that names the refusal', async () => {
    rig.controller.refusal = (events) => (has('caseBegin', events) ? 'invalid_request' : undefined);
    const { attemptId } = await rig.begin(board, 'hang.elf');
    const end = await rig.controller.ended(attemptId);
    expect(end).toMatchObject({ verdict: 'infra', reason: 'internalError' });
    expect(end.message).toContain('invalid_request: not with me');
    const { events, console: log } = rig.controller.kept(attemptId);
    expect(has('caseBegin', events)).toBe(false);
    expect(createHash('sha256').update(log).digest('hex')).toBe(end.consoleSha256);
    expect(rig.controller.complaints).toEqual([]);
    await boardTakesAnother(2);
  });

  it('for good stays on the disk of the agent with all that was in it', async () => {
    rig.controller.refusal = (events) => (has('caseBegin', events) ? 'invalid_request' : undefined);
    const { attemptId } = await rig.begin(board, 'hang.elf');
    await rig.controller.ended(attemptId);
    await rig.stopAgent();
    expect(rig.heldOnDisk()).toEqual([]);
    expect(rig.refusedOnDisk()).toEqual([attemptId]);
    const kept = join(rig.stateDir, 'refused-attempts', attemptId);
    expect(readFileSync(join(kept, 'events.jsonl'), 'utf8')).toContain('"caseBegin"');
    expect(readFileSync(join(kept, 'console.grlog')).length).toBeGreaterThan(0);
  });

  it('is cut where the controller takes no more of the console', async () => {
    let pieces = 0;
    rig.controller.refusal = (events) =>
      events === undefined && ++pieces > 2 ? 'payload_too_large' : undefined;
    const { attemptId } = await rig.begin(board, 'big_output_1m.elf');
    const end = await rig.controller.ended(attemptId);
    expect(end).toMatchObject({ verdict: 'infra', reason: 'internalError' });
    const { console: log } = rig.controller.kept(attemptId);
    expect(end.consoleBytes).toBe(log.length);
    expect(createHash('sha256').update(log).digest('hex')).toBe(end.consoleSha256);
  });

  it('whatever is in it is forgotten the second time, so that its lease runs out', async () => {
    let refused = 0;
    rig.controller.refusal = (events) => {
      if (events) refused++;
      return events && 'forbidden';
    };
    await rig.begin(board, 'hang.elf');
    await rig.controller.until('it is refused twice', () => refused === 2);
    await rig.stopAgent();
    expect(rig.heldOnDisk()).toEqual([]);
    expect(rig.refusedOnDisk()).toHaveLength(1);
    const greeted = rig.controller.hellos.length;
    await rig.startAgent();
    await rig.controller.until('the agent is back', () => rig.controller.hellos.length > greeted);
    expect(rig.controller.hellos.at(-1)?.held).toEqual([]);
    await boardTakesAnother(2);
  });

  it.each<ErrorCode>(['unavailable', 'storage_full', 'too_many_requests', 'internal'])(
    'for a while (%s) passes later, with nothing lost',
    async (code) => {
      let refused = 0;
      rig.controller.refusal = () => (refused++ < 5 ? code : undefined);
      const { attemptId } = await rig.begin(board, 'smallest.elf');
      expect(await rig.controller.ended(attemptId)).toMatchObject({ verdict: 'pass' });
      // An end that was under way when its log was refused comes too early, is refused, and comes again.
      const early = /^attemptEnd before its log/;
      expect(rig.controller.complaints.filter((text) => !early.test(text))).toEqual([]);
      expect(rig.refusedOnDisk()).toEqual([]);
    },
  );

  it('as a cancellation that nobody asked for ends by itself', async () => {
    const attemptId = await leftBehind();
    rig.controller.refusal = (events) =>
      events?.some(({ body }) => body.type === 'attemptEnd' && body.verdict === 'cancelled')
        ? 'invalid_request'
        : undefined;
    await rig.startAgent();
    const end = await rig.controller.ended(attemptId);
    expect(end).toMatchObject({ verdict: 'infra', reason: 'internalError' });
    await boardTakesAnother(2);
  });
});
