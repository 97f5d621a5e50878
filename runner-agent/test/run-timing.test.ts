import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import type { BoardSpec, RunTiming } from '@greenrack/farm-protocol';
import { afterEach, expect, it, jest } from '@jest/globals';
import { DaplinkBoardEmulator } from '../../e2e/src/emulators/daplink-board-emulator.js';
import { PortServerEmulator } from '../../e2e/src/emulators/port-server-emulator.js';
import { boardSpec, firmwarePath } from './support/assignments.js';
import { TestAgent } from './support/test-agent.js';

/** A busy machine may take seconds to start a target and a tool. */
jest.setTimeout(60_000);
const undo: (() => Promise<void> | void)[] = [];
afterEach(async () => {
  for (const each of undo.splice(0).reverse()) await each();
});

async function daplink(server?: PortServerEmulator): Promise<DaplinkBoardEmulator> {
  const board = await DaplinkBoardEmulator.start(server);
  undo.push(async () => await board.close());
  return board;
}

async function bench(spec: BoardSpec) {
  const rig = await TestAgent.start([spec]);
  undo.push(async () => await rig.stop());
  return async (name: string, timing?: RunTiming, timeoutMs = 20_000) => {
    const bytes = readFileSync(firmwarePath('FVP_MPS2_M3', name));
    const more = { timeoutMs, ...(timing && { timing }) };
    const { attemptId } = await rig.begin(spec, { bytes, name }, more);
    return await rig.controller.ended(attemptId);
  };
}

it('a run waits for the handshake as long and as often as it says, whatever its board says', async () => {
  const board = await daplink();
  const spec = board.spec({ syncTimeoutMs: 20_000, syncTries: 9 });
  const run = await bench({ ...spec, timing: { syncTimeoutMs: 15_000, syncTries: 7 } });
  expect(await run('mute.bin', { syncTimeoutMs: 150, syncTries: 2 })).toMatchObject({
    verdict: 'infra',
    message: expect.stringMatching(/sent in 2 of 2 starts.*needs a syncTimeoutMs over 150/),
  });
});

it('a run asks nothing before its reset delay is over', async () => {
  const run = await bench((await daplink()).spec());
  expect(await run('pass.bin', { resetDelayMs: 100_000 }, 2000)).toMatchObject({
    reason: 'syncFailed',
    message: expect.stringContaining('0 __sync sent in 1 of'),
  });
  expect(await run('pass.bin', { resetDelayMs: 1 })).toMatchObject({ verdict: 'pass' });
});

it('a serial port has the speed of the run, and that of the inventory when the run names none', async () => {
  const board = await daplink();
  const run = await bench(board.spec());
  const speed = () => execFileSync('stty', ['-F', board.consolePath], { encoding: 'utf8' });
  expect(await run('pass.bin', { baudRate: 57_600 })).toMatchObject({ verdict: 'pass' });
  expect(speed()).toContain('speed 57600 baud');
  expect(await run('pass.bin')).toMatchObject({ verdict: 'pass' });
  expect(speed()).toContain('speed 115200 baud');
});

it('a port of another machine is set to the speed of the run by RFC 2217', async () => {
  const server = new PortServerEmulator();
  undo.push(() => server.close());
  const tcpPort = await server.listen();
  const console = { kind: 'network', host: '127.0.0.1', tcpPort, baudRate: 115_200 };
  const run = await bench((await daplink(server)).spec({ console }));
  server.log.length = 0;
  expect(await run('pass.bin', { baudRate: 57_600 })).toMatchObject({ verdict: 'pass' });
  expect(await run('pass.bin')).toMatchObject({ verdict: 'pass' });
  const set = server.log.map((command) => Buffer.from(command, 'latin1')).filter((c) => c[3] === 1);
  const speeds = set.map((command) => command.readUInt32BE(4));
  expect(speeds.indexOf(57_600)).toBe(0);
  expect(speeds.at(-1)).toBe(115_200);
});

it('a virtual board has no speed that a run could change', async () => {
  const run = await bench(boardSpec('virt-1'));
  expect(await run('smallest.bin', { baudRate: 300 })).toMatchObject({ verdict: 'pass' });
});
