import { createHash } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { assignmentOf, boardSpec, firmware } from './support/assignments.js';
import { emulatorsOf } from './support/processes.js';
import { TestAgent } from './support/test-agent.js';

/** A busy machine may take seconds to start an emulator or a process. */
jest.setTimeout(180_000);
const board = boardSpec('virt-1');
let rig: TestAgent;
beforeEach(async () => {
  rig = await TestAgent.start([board]);
});
afterEach(async () => {
  await rig.stop();
});

async function begun(attemptId: string): Promise<void> {
  await rig.controller.until('the case has begun', () =>
    rig.controller.kept(attemptId).events.some(({ body }) => body.type === 'caseBegin'),
  );
}

describe('the link to the controller', () => {
  it('goes on where it was when the connection is cut in the middle of a log', async () => {
    let cuts = 0;
    rig.controller.onBatch = () => {
      if (cuts++ < 4) rig.controller.cut();
      return true;
    };
    const { attemptId } = await rig.begin(board, 'big_output_1m.elf');
    const end = await rig.controller.ended(attemptId);
    const kept = rig.controller.kept(attemptId);
    expect(end).toMatchObject({ verdict: 'pass' });
    expect(cuts).toBeGreaterThanOrEqual(4);
    expect(createHash('sha256').update(kept.console).digest('hex')).toBe(end.consoleSha256);
    expect(rig.controller.complaints).toEqual([]);
  });

  it('goes on with an image when the controller goes in the middle of it', async () => {
    rig.controller.cutDownloads = 2;
    const { attemptId } = await rig.begin(board, 'smallest.elf');
    expect(await rig.controller.ended(attemptId)).toMatchObject({ verdict: 'pass' });
    expect(rig.controller.downloads).toBe(3);
    expect(rig.controller.hellos.length).toBeGreaterThan(1);
  });

  it('sends a log again that the controller has lost', async () => {
    rig.controller.lostLogs = 2;
    const { attemptId } = await rig.begin(board, 'smallest.elf');
    const end = await rig.controller.ended(attemptId);
    const { console: log } = rig.controller.kept(attemptId);
    expect(end).toMatchObject({ verdict: 'pass', consoleBytes: log.length });
    expect(createHash('sha256').update(log).digest('hex')).toBe(end.consoleSha256);
  });

  it('gives up an attempt whose log is never proved, so that it runs elsewhere', async () => {
    rig.controller.lostLogs = 3;
    const { attemptId } = await rig.begin(board, 'smallest.elf');
    await rig.controller.until('three proofs failed', () => rig.controller.lostLogs === 0);
    await rig.stopAgent();
    expect(rig.heldOnDisk()).toEqual([]);
    expect(rig.controller.kept(attemptId).events.at(-1)?.body.type).not.toBe('attemptEnd');
  });

  it('stops a run that the controller cancels', async () => {
    const { attemptId } = await rig.begin(board, 'hang.elf');
    await begun(attemptId);
    await rig.controller.cancel(attemptId, 'not needed any more');
    expect(await rig.controller.ended(attemptId)).toMatchObject({
      verdict: 'cancelled',
      reason: 'cancelled',
      message: 'not needed any more',
    });
  });

  it('drops a run whose fence is stale and takes the next one', async () => {
    const { attemptId } = await rig.begin(board, 'hang.elf');
    await begun(attemptId);
    rig.controller.revoked.add(attemptId);
    rig.controller.cut();
    await rig.controller.until('the agent is back', () => rig.controller.hellos.length === 2);
    const next = await rig.begin(board, 'smallest.elf', { fence: 2 });
    expect(await rig.controller.ended(next.attemptId)).toMatchObject({ verdict: 'pass' });
    expect(rig.controller.kept(attemptId).events.at(-1)?.body.type).not.toBe('attemptEnd');
  });

  it('drops what runs on a board when the board is leased anew', async () => {
    const { attemptId } = await rig.begin(board, 'hang.elf');
    await begun(attemptId);
    const next = await rig.begin(board, 'smallest.elf', { fence: 2 });
    expect(await rig.controller.ended(next.attemptId)).toMatchObject({ verdict: 'pass' });
  });

  it('stops a run whose lease is lost', async () => {
    rig.controller.leaseTtlMs = 200;
    rig.controller.cut();
    await rig.controller.until('the agent is back', () => rig.controller.hellos.length === 2);
    const { leaseId } = await rig.begin(board, 'hang.elf');
    await rig.controller.until('the lease was renewed', () => rig.controller.renewals > 0);
    rig.controller.lostLeases.add(leaseId);
    const renewed = rig.controller.renewals;
    await rig.controller.until('it was told', () => rig.controller.renewals > renewed);
    await rig.stopAgent();
    expect(rig.heldOnDisk()).toEqual([]);
    expect(emulatorsOf(rig.stateDir)).toEqual([]);
  });

  it('accepts the same assignment twice and runs it once', async () => {
    const assignment = assignmentOf(board, firmware(board, 'pass.elf'));
    rig.controller.addImage(firmware(board, 'pass.elf').bytes);
    const replies = await Promise.all([
      rig.controller.assign(assignment),
      rig.controller.assign(assignment),
    ]);
    expect(replies).toMatchObject([{ ok: true }, { ok: true }]);
    expect(await rig.controller.ended(assignment.attemptId)).toMatchObject({ verdict: 'pass' });
    const { events } = rig.controller.kept(assignment.attemptId);
    expect(events.filter(({ body }) => body.type === 'attemptBegin')).toHaveLength(1);
  });

  it('refuses a second attempt on a busy board', async () => {
    const first = await rig.begin(board, 'hang.elf');
    await begun(first.attemptId);
    const second = assignmentOf(board, firmware(board, 'smallest.elf'));
    expect(await rig.controller.assign(second)).toMatchObject({ ok: false, code: 'conflict' });
  });
});
