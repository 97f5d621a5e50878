import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it, jest } from '@jest/globals';
import { assignmentOf, boardSpec, firmware, M3 } from './support/assignments.js';
import { emulatorsOf } from './support/processes.js';
import { TestAgent } from './support/test-agent.js';

/** A busy machine may take seconds to start an emulator or a process. */
jest.setTimeout(180_000);
const board = boardSpec('virt-1');
let rig: TestAgent | undefined;
afterEach(async () => {
  await rig?.stop();
  rig = undefined;
});

describe('a board that fails', () => {
  it('whose emulator is not installed is unusable and says what to install', async () => {
    const missing = boardSpec('virt-1', M3, { executable: 'qemu-system-none' });
    rig = await TestAgent.start([missing]);
    const status = rig.controller.statuses.get('virt-1');
    expect(status?.usable).toBe(false);
    expect(status?.detail).toMatch(/qemu-system-none.*apt-get install qemu-system-arm/s);
  });

  it('whose emulator cannot start ends the attempt as infra, never as fail', async () => {
    const missing = boardSpec('virt-1', M3, { executable: 'qemu-system-none' });
    rig = await TestAgent.start([missing]);
    const { attemptId } = await rig.begin(missing, 'pass.elf');
    expect(await rig.controller.ended(attemptId)).toMatchObject({
      verdict: 'infra',
      reason: 'boardStartFailed',
    });
  });

  it('is offered for no run between the end that it spoilt and a look at it', async () => {
    rig = await TestAgent.start([board]);
    const { controller, stateDir } = rig;
    const { attemptId } = await rig.begin(board, 'hang.elf');
    await controller.until('the case has begun', () =>
      controller.kept(attemptId).events.some(({ body }) => body.type === 'caseBegin'),
    );
    for (const pid of emulatorsOf(stateDir)) process.kill(pid, 'SIGKILL');
    await controller.ended(attemptId);
    await controller.until('it is looked at', () => controller.story.length >= 4);
    expect(controller.story).toEqual([
      'virt-1 usable',
      'virt-1 unusable',
      'emulatorExited',
      'virt-1 usable',
    ]);
  });

  it('stays out of use when it spoils two runs in a row although it looks well', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'greenrack-half-qemu-'));
    const executable = join(folder, 'half-qemu');
    // It can list its machines, which is what a look at it asks, and start none.
    const script = '#!/bin/sh\n[ "$2" = help ] && exec qemu-system-arm "$@"\nexit 3\n';
    writeFileSync(executable, script, { mode: 0o755 });
    try {
      const half = boardSpec('virt-1', M3, { executable });
      rig = await TestAgent.start([half]);
      const { controller } = rig;
      const spoil = async () =>
        await controller.ended((await rig?.begin(half, 'pass.elf'))?.attemptId ?? '');
      expect(await spoil()).toMatchObject({ reason: 'boardStartFailed' });
      await controller.until('it is looked at', () => controller.story.length >= 4);
      expect(controller.story.at(-1)).toBe('virt-1 usable');
      expect(await spoil()).toMatchObject({ reason: 'boardStartFailed' });
      expect(controller.story.slice(4)).toEqual(['virt-1 unusable', 'boardStartFailed']);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  it('is not offered by an agent that stops', async () => {
    rig = await TestAgent.start([board]);
    const { controller } = rig;
    const { attemptId } = await rig.begin(board, 'hang.elf');
    await controller.until('the case has begun', () =>
      controller.kept(attemptId).events.some(({ body }) => body.type === 'caseBegin'),
    );
    await rig.stopAgent();
    expect(controller.story).toEqual(['virt-1 usable', 'virt-1 unusable', 'agentRestarted']);
  });

  it('with a wrong parameter is unusable and the message names it', async () => {
    const wrong = boardSpec('virt-1', M3, { extraArgs: ['-monitor', 'stdio'] });
    rig = await TestAgent.start([wrong]);
    expect(rig.controller.statuses.get('virt-1')?.detail).toMatch(/extraArgs/);
  });

  it('of a driver that this agent does not have is unusable', async () => {
    const strange = { ...board, wiring: { driver: 'teapot', params: {} } };
    rig = await TestAgent.start([strange]);
    expect(rig.controller.statuses.get('virt-1')?.detail).toMatch(/no driver 'teapot'/);
  });

  it('whose emulator is killed in the middle of a run ends it at once as emulatorExited', async () => {
    rig = await TestAgent.start([board]);
    const { controller, stateDir } = rig;
    const { attemptId } = await rig.begin(board, 'hang.elf');
    await controller.until('the case has begun', () =>
      controller.kept(attemptId).events.some(({ body }) => body.type === 'caseBegin'),
    );
    // The one that runs and the spare for the next attempt.
    for (const pid of emulatorsOf(stateDir)) process.kill(pid, 'SIGKILL');
    const end = await controller.ended(attemptId);
    expect(end).toMatchObject({ verdict: 'infra', reason: 'emulatorExited' });
    expect(end.message).toMatch(/SIGKILL/);
    const next = await rig.begin(board, 'smallest.elf');
    expect(await controller.ended(next.attemptId)).toMatchObject({ verdict: 'pass' });
  });

  it('given an image that the farm does not have ends the attempt as imageUnavailable', async () => {
    rig = await TestAgent.start([board]);
    const { attemptId, image } = await rig.begin(board, 'pass.elf').then(async (assignment) => {
      await rig?.controller.ended(assignment.attemptId);
      return assignment;
    });
    expect(attemptId).toBeDefined();
    rig.controller.images.clear();
    writeFileSync(join(rig.stateDir, 'images', image.sha256), 'rotten');
    const again = firmware(board, 'pass.elf');
    const assignment = assignmentOf(board, again);
    await rig.controller.assign(assignment);
    const end = await rig.controller.ended(assignment.attemptId);
    expect(end).toMatchObject({ verdict: 'infra', reason: 'imageUnavailable' });
    expect(end.message).toMatch(/404/);
  });

  it('fetches an image again when its copy on disk was damaged', async () => {
    rig = await TestAgent.start([board]);
    const first = await rig.begin(board, 'smallest.elf');
    await rig.controller.ended(first.attemptId);
    writeFileSync(join(rig.stateDir, 'images', first.image.sha256), 'rotten');
    const second = await rig.begin(board, 'smallest.elf');
    expect(await rig.controller.ended(second.attemptId)).toMatchObject({ verdict: 'pass' });
    expect(rig.controller.downloads).toBe(2);
  });

  it('that prints without end fails with outputLimit at the limit', async () => {
    rig = await TestAgent.start([board]);
    const { attemptId } = await rig.begin(board, 'big_output_1m.elf', { maxConsoleBytes: 65_536 });
    expect(await rig.controller.ended(attemptId)).toMatchObject({
      verdict: 'fail',
      reason: 'outputLimit',
    });
  });

  it('left dirty by a killed agent is clean after the next start', async () => {
    rig = await TestAgent.start([board]);
    await rig.stopAgent();
    const leftover = join(rig.stateDir, 'boards', 'virt-1');
    mkdirSync(leftover, { recursive: true });
    writeFileSync(join(leftover, 'image'), 'old');
    await rig.startAgent();
    await rig.controller.until('hello', () => (rig?.controller.hellos.length ?? 0) === 2);
    const { attemptId } = await rig.begin(board, 'smallest.elf');
    expect(await rig.controller.ended(attemptId)).toMatchObject({ verdict: 'pass' });
  });
});
