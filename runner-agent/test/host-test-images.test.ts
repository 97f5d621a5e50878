import type { BoardSpec } from '@greenrack/farm-protocol';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { boardSpec, CM3DS, M3 } from './support/assignments.js';
import { TestAgent } from './support/test-agent.js';

/** A busy machine may take seconds to start an emulator; some host tests wait by their own definition. */
jest.setTimeout(120_000);
const withUsb: BoardSpec = { ...boardSpec('virt-2', CM3DS), fixtures: ['usb-device'] };
const boards = [boardSpec('virt-1', M3), withUsb] as const;
let rig: TestAgent;
beforeAll(async () => {
  rig = await TestAgent.start([...boards]);
});
afterAll(async () => {
  await rig.stop();
});

async function run(image: string, board: (typeof boards)[number]) {
  const { attemptId } = await rig.begin(board, `${image}.elf`, { timeoutMs: 90_000 });
  const end = await rig.controller.ended(attemptId);
  const bodies = rig.controller.kept(attemptId).events.map(({ body }) => body);
  const cases = bodies.filter((body) => body.type === 'caseEnd');
  const notes = bodies.filter((body) => body.type === 'note').map(({ text }) => text);
  const verdicts = Object.fromEntries(cases.map(({ name, verdict }) => [name, verdict]));
  return { end, cases: verdicts, notes };
}

/** Image, and the verdict of each of its cases. */
const PASSING: [string, Record<string, string>][] = [
  ['ht_hello_auto', {}],
  ['ht_dev_null_auto', {}],
  ['ht_serial_comms', { 'messages come back': 'pass' }],
  ['ht_rtc_auto', { 'texts match': 'pass' }],
  ['ht_rtc_calc_auto', { 'all leap years': 'pass', 'every fourth year': 'pass' }],
  ['ht_wait_us_auto', {}],
  ['ht_timing_drift_auto', { 'clock does not drift': 'pass' }],
  // 80 of its replies take longer than the time that it announces.
  ['ht_timing_drift_late', { 'clock does not drift': 'pass' }],
  ['ht_system_reset', { restarts: 'pass' }],
  ['ht_sync_on_reset', { first: 'pass', second: 'pass', third: 'pass' }],
  ['ht_watchdog_reset', { 'bites in time': 'pass', 'lives while fed': 'pass' }],
  ['ht_reset_reason', { 'tells resets apart': 'pass' }],
  ['ht_rtc_reset', { 'keeps time over a reset': 'pass' }],
  ['ht_trng_reset', { 'draws anew': 'pass' }],
  ['ht_crash_reporting', {}],
];

/** Those that wait for seconds say the same on any board. */
const QUICK = PASSING.filter(([image]) => !/wait_us|timing_drift|rtc_reset/.test(image));

describe.each([
  { target: M3.target, board: boards[0], images: PASSING },
  { target: CM3DS.target, board: boards[1], images: QUICK },
])('on the virtual $target', ({ board, images }) => {
  it.each(images)('%s passes by its host test', async (image, cases) => {
    const { end, cases: seen } = await run(image, board);
    expect({ ...end, cases: seen }).toMatchObject({ verdict: 'pass', reason: 'completed', cases });
  });
});

describe('on a virtual board', () => {
  it.each([
    ['ht_dev_null_talks', 'fail', 'completed'],
    ['ht_wait_us_slow', 'fail', 'completed'],
    ['ht_timing_drift_fast', 'fail', 'completed'],
    ['ht_reset_reason_wrong', 'fail', 'completed'],
    ['ht_crash_stays_down', 'hang', 'timeout'],
    ['ht_usb_device', 'blocked', 'fixtureMissing'],
    ['ht_usb_msd', 'blocked', 'fixtureMissing'],
    ['ht_usb_hid', 'blocked', 'fixtureMissing'],
    ['ht_usb_serial', 'blocked', 'fixtureMissing'],
    ['ht_softap', 'blocked', 'fixtureMissing'],
  ])('%s ends with %s (%s)', async (image, verdict, reason) => {
    expect((await run(image, boards[0])).end).toMatchObject({ verdict, reason });
  });

  it('ht_usb_device is seated where the fixture is declared; it asks nothing of its USB', async () => {
    expect((await run('ht_usb_device', boards[1])).end).toMatchObject({ verdict: 'pass' });
  });

  it('counts the coverage files that an image prints', async () => {
    const { end, notes } = await run('coverage', boards[0]);
    expect(end).toMatchObject({ verdict: 'pass', reason: 'completed' });
    expect(notes).toContainEqual(
      expect.stringMatching(/^2 coverage files \(7\d{4} bytes of \.gcda\)/),
    );
  });

  it('survives twenty resets in the middle of its work', async () => {
    const { end, cases } = await run('ht_unexpected_reset', boards[1]);
    expect(end).toMatchObject({ verdict: 'pass', reason: 'completed' });
    expect(cases).toEqual({ 'survives resets': 'pass' });
  });
});
