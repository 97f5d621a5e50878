import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { DaplinkBoardEmulator } from '../../e2e/src/emulators/daplink-board-emulator.js';
import { UsbBoardEmulator } from '../../e2e/src/emulators/usb-board-emulator.js';
import { firmwarePath } from './support/assignments.js';
import { TestAgent } from './support/test-agent.js';

/** A busy machine may take seconds to start a target and a tool. */
jest.setTimeout(60_000);
let board: DaplinkBoardEmulator;
let rig: TestAgent | undefined;
beforeEach(async () => {
  board = await DaplinkBoardEmulator.start();
});
afterEach(async () => {
  await rig?.stop();
  rig = undefined;
  await board.close();
});

const image = (name: string) => ({ bytes: readFileSync(firmwarePath('FVP_MPS2_M3', name)), name });

async function run(agent: TestAgent, name: string, spec = board.spec()) {
  const { attemptId } = await agent.begin(spec, image(name));
  const end = await agent.controller.ended(attemptId);
  const bodies = agent.controller.kept(attemptId).events.map(({ body }) => body);
  const notes = bodies.flatMap((body) => (body.type === 'note' ? [body.text] : []));
  return { end, notes };
}

describe('an attempt on an emulated DAPLink board', () => {
  it.each([
    ['pass.bin', 'pass', 'completed'],
    ['echo.bin', 'pass', 'completed'],
    ['fail.bin', 'fail', 'completed'],
    ['crash.bin', 'crash', 'crashBlock'],
    ['silent_reboot.bin', 'crash', 'rebooted'],
    ['noisy.bin', 'pass', 'completed'],
  ])('ends %s with %s', async (file, verdict, reason) => {
    rig = await TestAgent.start([board.spec()]);
    const { end } = await run(rig, file);
    expect(end).toMatchObject({ verdict, reason });
  });

  it('does not flash the same image twice, and counts the wear of the board', async () => {
    rig = await TestAgent.start([board.spec()]);
    const first = await run(rig, 'smallest.bin');
    expect(first.notes[0]).toMatch(/flash: \d+ bytes in 2 sectors.*total: 1 flashings, 2 sectors/);
    const second = await run(rig, 'smallest.bin');
    expect(second.notes[0]).toMatch(/flash: 0 bytes.*same image/);
    expect([first.end.verdict, second.end.verdict]).toEqual(['pass', 'pass']);
    expect(board.drive.flashings).toBe(1);
    await run(rig, 'pass.bin');
    expect(board.drive.flashings).toBe(2);
  });

  it('flashes the same image again when the board failed the run before', async () => {
    rig = await TestAgent.start([board.spec()]);
    await run(rig, 'smallest.bin');
    const { attemptId } = await rig.begin(board.spec(), image('smallest.bin'), {
      recovery: 'powerCycle',
    });
    expect(await rig.controller.ended(attemptId)).toMatchObject({ verdict: 'pass' });
    expect(board.drive.flashings).toBe(2);
  });

  it('is written afresh when all is to be erased, though its flasher cannot do that', async () => {
    rig = await TestAgent.start([board.spec()]);
    await run(rig, 'smallest.bin');
    const order = { erase: true };
    const { attemptId } = await rig.begin(board.spec(), image('smallest.bin'), order);
    expect(await rig.controller.ended(attemptId)).toMatchObject({ verdict: 'pass' });
    expect(board.drive.flashings).toBe(2);
  });

  it('flashes the same image again when the farm says that the board was in other hands', async () => {
    rig = await TestAgent.start([board.spec()]);
    for (const [boardEpoch, flashings] of [
      [1, 1],
      [1, 1],
      [2, 2],
      [2, 2],
    ] as const) {
      const { attemptId } = await rig.begin(board.spec(), image('smallest.bin'), { boardEpoch });
      expect(await rig.controller.ended(attemptId)).toMatchObject({ verdict: 'pass' });
      expect(board.drive.flashings).toBe(flashings);
    }
  });

  it('goes on counting after the agent was restarted, and flashes to be sure', async () => {
    rig = await TestAgent.start([board.spec()]);
    await run(rig, 'smallest.bin');
    await rig.stopAgent();
    await rig.startAgent();
    await rig.controller.until('hello', () => rig?.controller.hellos.length === 2);
    const { notes } = await run(rig, 'smallest.bin');
    expect(notes[0]).toMatch(/total: 2 flashings, 4 sectors/);
    expect(readFileSync(join(rig.stateDir, 'wear', `${board.spec().serial}.json`), 'utf8')).toMatch(
      /"flashes":2/,
    );
  });

  it('that cannot be flashed is infra, never fail, and flashes anew afterwards', async () => {
    rig = await TestAgent.start([board.spec()]);
    board.drive.faults.failures.push('error: Unable to erase.\r\ntype: target\r\n');
    const { end } = await run(rig, 'smallest.bin');
    expect(end).toMatchObject({ verdict: 'infra', reason: 'flashFailed' });
    expect((await run(rig, 'smallest.bin')).end.verdict).toBe('pass');
  });

  it('that is unplugged is unusable and says what to do', async () => {
    board.drive.unmount();
    rig = await TestAgent.start([board.spec()]);
    const status = rig.controller.statuses.get(board.spec().serial);
    expect(status?.usable).toBe(false);
    expect(status?.detail).toMatch(/flasher: .*Plug the board in/);
  });

  it('whose tool is missing is unusable and says what to install', async () => {
    const reset = { kind: 'pyocd', probe: 'ABC', executable: '/nonexistent/pyocd' };
    rig = await TestAgent.start([board.spec({ reset })]);
    const status = rig.controller.statuses.get(board.spec().serial);
    expect(status?.detail).toMatch(/reset: .*not installed.*pipx install pyocd/);
  });

  it('with a part that does not exist names those that do', async () => {
    rig = await TestAgent.start([board.spec({ reset: { kind: 'prayer' } })]);
    const status = rig.controller.statuses.get(board.spec().serial);
    expect(status?.detail).toMatch(/wiring\.params\.reset\.kind: no 'prayer'; there is break/);
  });
});

describe('an attempt on an emulated board that a tool flashes', () => {
  let stLink: UsbBoardEmulator;
  beforeEach(async () => {
    stLink = await UsbBoardEmulator.start('openocd');
  });
  afterEach(async () => {
    // Before the board goes: the agent lets go of it.
    await rig?.stop();
    rig = undefined;
    await stLink.close();
  });

  it.each([
    ['pass.bin', 'pass'],
    ['fail.bin', 'fail'],
    ['crash.bin', 'crash'],
  ])('ends %s with %s, and tells how far the board is known', async (file, verdict) => {
    rig = await TestAgent.start([stLink.spec()]);
    const { end, notes } = await run(rig, file, stLink.spec());
    expect(end.verdict).toBe(verdict);
    expect(notes[0]).toMatch(
      /openocd; 066FFF\w+, found by the tool; chip 0x10006434, not compared/,
    );
  });

  it('is not flashed with what it has, but is after its probe was unplugged or the farm says so', async () => {
    rig = await TestAgent.start([stLink.spec()]);
    const flashings = async (boardEpoch: number): Promise<number> => {
      const { attemptId } = (await rig?.begin(stLink.spec(), image('smallest.bin'), {
        boardEpoch,
      })) ?? { attemptId: '' };
      expect(await rig?.controller.ended(attemptId)).toMatchObject({ verdict: 'pass' });
      return stLink.flashings;
    };
    expect(await flashings(1)).toBe(1);
    expect(await flashings(1)).toBe(1);
    stLink.replugProbe();
    expect(await flashings(1)).toBe(2);
    expect(await flashings(1)).toBe(2);
    await stLink.replugConsole();
    expect(await flashings(1)).toBe(3);
    expect(await flashings(2)).toBe(4);
    expect(await flashings(2)).toBe(4);
  });

  it.each([
    ['fails', { stderr: '** Programming Failed **\n', exit: 1 }, /Unlock the flash/],
    ['hangs', { stdout: 'Info : clock speed\n', hang: true }, /did not end within 8000 ms/],
    ['says nothing of a success', { stderr: 'shutdown command invoked\n' }, /did not say that it/],
  ])('is infra when the tool %s, and passes the next time', async (_, failure, message) => {
    const { flasher } = stLink.spec().wiring.params;
    const spec = stLink.spec({ flasher: { ...Object(flasher), timeoutMs: 8000 } });
    rig = await TestAgent.start([spec]);
    stLink.failures.push(failure);
    const { end } = await run(rig, 'pass.bin', spec);
    expect(end).toMatchObject({ verdict: 'infra', reason: 'flashFailed' });
    expect(end.message).toMatch(message);
    expect((await run(rig, 'pass.bin', spec)).end.verdict).toBe('pass');
  });

  it('of another kind than the inventory says is unusable, and says which it is', async () => {
    const spec = { ...stLink.spec(), target: 'K64F', detectCodes: ['0240'] };
    rig = await TestAgent.start([spec]);
    const status = rig.controller.statuses.get(spec.serial);
    expect(status).toMatchObject({
      usable: false,
      detail: expect.stringMatching(/tells detect code 0796.*a K64F with 0240/),
    });
  });
});

it('a Pico is followed through flashing and reset, though its console goes both times', async () => {
  const pico = await UsbBoardEmulator.start('picotool');
  try {
    rig = await TestAgent.start([pico.spec()]);
    const file = { bytes: readFileSync(firmwarePath('FVP_MPS2_M3', 'pass.elf')), name: 'pass.elf' };
    for (const flashings of [1, 1]) {
      const { attemptId } = await rig.begin(pico.spec(), file);
      expect(await rig.controller.ended(attemptId)).toMatchObject({ verdict: 'pass' });
      expect(pico.flashings).toBe(flashings);
    }
  } finally {
    await rig?.stop();
    rig = undefined;
    await pico.close();
  }
});
