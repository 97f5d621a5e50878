import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { firmwarePath } from './support/assignments.js';
import { DaplinkBoardEmulator } from './support/emulators/daplink-board-emulator.js';
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
