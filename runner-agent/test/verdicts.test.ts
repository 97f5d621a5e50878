import { createHash } from 'node:crypto';
import { ConsoleLogDecoder } from '@greenrack/farm-protocol';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { boardSpec, CM3DS, firmware, M3 } from './support/assignments.js';
import { TestAgent } from './support/test-agent.js';

/** A busy machine may take seconds to start an emulator or a process. */
jest.setTimeout(180_000);
const board = boardSpec('virt-1', M3);
const other = boardSpec('virt-2', CM3DS);
const counting = boardSpec('virt-3', M3, { icountShift: 5 });
let rig: TestAgent;
beforeAll(async () => {
  rig = await TestAgent.start([board, other, counting]);
});
afterAll(async () => {
  await rig.stop();
});

async function run(file: string, where = board, more = {}) {
  const { attemptId } = await rig.begin(where, file, more);
  const end = await rig.controller.ended(attemptId);
  const kept = rig.controller.kept(attemptId);
  const records = new ConsoleLogDecoder().push(kept.console);
  const text = Buffer.concat(
    records.filter((r) => r.direction === 'rx').map((r) => r.bytes),
  ).toString('latin1');
  const bodies = kept.events.map((event) => event.body);
  return { end, kept, text, bodies, attemptId };
}

describe('an attempt on a virtual board', () => {
  it.each([
    ['pass.elf', 'pass', 'completed'],
    ['smallest.elf', 'pass', 'completed'],
    ['smallest.hex', 'pass', 'completed'],
    ['smallest.bin', 'pass', 'completed'],
    ['echo.elf', 'pass', 'completed'],
    ['noisy.elf', 'pass', 'completed'],
    ['fail.elf', 'fail', 'completed'],
    ['crash.elf', 'crash', 'crashBlock'],
    ['reboot_loop.elf', 'crash', 'rebooted'],
    ['silent_reboot.elf', 'crash', 'rebooted'],
  ])('ends %s with %s', async (file, verdict, reason) => {
    const { end } = await run(file);
    expect(end).toMatchObject({ verdict, reason });
  });

  it('reaches firmware that listens later than the host speaks, at the first try', async () => {
    const { end, bodies } = await run('late_receiver.elf');
    expect(end).toMatchObject({ verdict: 'pass' });
    expect(bodies.filter((b) => b.type === 'note')).toEqual([]);
  });

  it('says what the machine gave a virtual board, and how far its clock is behind', async () => {
    const { end } = await run('pass.elf', board);
    const host = { tookMs: expect.any(Number), ranMs: expect.any(Number) };
    expect(end.host).toEqual({ ...host, waitedMs: expect.any(Number) });
    expect((await run('pass.elf', counting)).end.host).toMatchObject({
      ...host,
      behindMs: expect.any(Number),
    });
  });

  it.each([
    ['compares clocks, the host’s time', 'timing_drift_auto', {}, false],
    ['has a host test that compares none, its own', 'default_auto', {}, true],
    ['is told so, its own whatever it compares', 'timing_drift_auto', { clock: 'own' }, true],
    ['is told so, the host’s', 'default_auto', { clock: 'host' }, false],
    ['gets another host test, the one for that', 'timing_drift_auto', { hostTest: 'echo' }, true],
  ] as const)('gives a board whose image %s', async (_what, hostTest, more, isOwn) => {
    const image = firmware(board, 'smallest.bin');
    const bytes = Buffer.concat([image.bytes, Buffer.from(`${hostTest}\0`, 'latin1')]);
    const { attemptId } = await rig.begin(counting, { ...image, bytes }, more);
    const { host, environment } = await rig.controller.ended(attemptId);
    expect(host).toBeDefined();
    expect(host?.behindMs !== undefined).toBe(isOwn);
    expect(environment).toEqual({
      clock: isOwn ? 'own' : 'host',
      emulator: expect.stringMatching(/^QEMU \d+\.\d+\.\d+$/),
    });
  });

  it('lets a board that counts instructions keep its own time, the same in every run', async () => {
    const times = new Set<string>();
    for (let i = 0; i < 4; i++) {
      const { end, text } = await run('steady_loop.elf', counting);
      expect(end).toMatchObject({ verdict: 'pass' });
      times.add(/loop took \d+ us/.exec(text)?.[0] ?? 'not told');
    }
    expect([...times]).toEqual([expect.stringMatching(/loop took [1-9]\d* us/)]);
  });

  it('reports each execution of a repeated case, and the worst one decides', async () => {
    const { end, bodies } = await run('repeat.elf');
    expect(end).toMatchObject({ verdict: 'fail', reason: 'completed' });
    const ends = bodies.flatMap((b) => (b.type === 'caseEnd' ? [[b.name, b.verdict]] : []));
    expect(ends.filter(([name]) => name === 'passes each time')).toHaveLength(3);
    expect(ends.filter(([name]) => name === 'fails once')).toHaveLength(3);
    expect(ends.at(-1)).toEqual(['fails once', 'fail']);
  });

  it('cuts the power of a board that failed the run before, and says so', async () => {
    const { end, bodies } = await run('smallest.elf', board, { recovery: 'powerCycle' });
    expect(end).toMatchObject({ verdict: 'pass' });
    expect(bodies.filter((b) => b.type === 'note').map((b) => b.text)).toEqual([
      'recovery: power is cut and the image written again',
    ]);
    const calm = await run('smallest.elf', board, { recovery: 'otherBoard' });
    expect(calm.bodies.filter((b) => b.type === 'note')).toEqual([]);
  });

  it('reports phases in order, the log complete, and everything once', async () => {
    const { end, kept, bodies, text } = await run('pass.elf', other);
    expect(bodies.filter((b) => b.type === 'phaseBegin').map((b) => b.phase)).toEqual([
      'prepare',
      'flash',
      'run',
      'collect',
      'restore',
    ]);
    expect(kept.console.length).toBe(end.consoleBytes);
    expect(createHash('sha256').update(kept.console).digest('hex')).toBe(end.consoleSha256);
    expect(text).toContain('{{end;success}}');
    expect(kept.repeats).toBe(0);
    expect(rig.controller.complaints).toEqual([]);
  });

  it('ends a hang at the cap of its assignment', async () => {
    const { end } = await run('hang.elf', board, { timeoutMs: 1500 });
    expect(end).toMatchObject({ verdict: 'hang', reason: 'timeout' });
  });

  it('refuses an image of another target as unsuitable', async () => {
    const { attemptId } = await rig.begin(board, {
      ...firmware(other, 'pass.elf'),
    });
    expect(await rig.controller.ended(attemptId)).toMatchObject({
      verdict: 'infra',
      reason: 'imageUnsuitable',
    });
  });

  it('takes a lockup for the crash of the firmware, with the registers as evidence', async () => {
    // Initial stack pointer and a reset vector that points at nothing: the core faults within its fault handler.
    const bytes = Buffer.alloc(64, 0xff);
    const { attemptId } = await rig.begin(board, { bytes, name: 'lockup.bin' });
    expect(await rig.controller.ended(attemptId)).toMatchObject({
      verdict: 'crash',
      reason: 'crashBlock',
    });
    const crash = rig.controller.kept(attemptId).events.find((e) => e.body.type === 'crash');
    expect(JSON.stringify(crash)).toContain('Lockup');
  });

  it('frees the board for the next attempt and forgets what was reported', async () => {
    for (let i = 0; i < 5; i++) expect((await run('smallest.elf')).end.verdict).toBe('pass');
    await rig.controller.until('a later message', () => true);
    const { attemptId } = await run('smallest.elf');
    expect(rig.heldOnDisk().filter((id) => id !== attemptId)).toEqual([]);
  });
});
