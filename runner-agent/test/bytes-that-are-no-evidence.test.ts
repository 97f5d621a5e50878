import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Assignment, ConsoleLogDecoder } from '@greenrack/farm-protocol';
import { afterEach, describe, expect, it, jest } from '@jest/globals';
import { DaplinkBoardEmulator } from '../../e2e/src/emulators/daplink-board-emulator.js';
import type { ConsoleWire } from '../../e2e/src/emulators/emulated-target.js';
import { PortServerEmulator } from '../../e2e/src/emulators/port-server-emulator.js';
import { PtyPair } from '../../e2e/src/emulators/pty-pair.js';
import { errorBlock } from './greentea/support/console-texts.js';
import { firmwarePath } from './support/assignments.js';
import { CollectingListener } from './support/console-listener.js';
import { loadDriver } from './support/load-driver.js';
import { TestAgent } from './support/test-agent.js';

/** A busy machine may take seconds to start a target and a tool. */
jest.setTimeout(60_000);
const wanted = new AbortController().signal;
const undo: (() => Promise<void> | void)[] = [];
afterEach(async () => {
  for (const each of undo.splice(0).reverse()) await each();
});

const KINDS = ['pty', 'rfc2217', 'telnet', 'raw'] as const;
type Kind = (typeof KINDS)[number];

interface Line {
  readonly wire: ConsoleWire;
  readonly params: Record<string, unknown>;
}

async function ptyLine(echoes: boolean) {
  const pty = await PtyPair.open();
  undo.push(async () => await pty.unplug());
  const onBytes: ConsoleWire['onBytes'] = (listener) =>
    pty.onBytes((bytes) => {
      if (echoes) pty.send(bytes);
      listener(bytes);
    });
  const wire = { send: (bytes: Uint8Array) => pty.send(bytes), onBytes };
  const params = { kind: 'serial', path: pty.path, baudRate: 115_200 };
  return { wire, params };
}

async function serverLine(protocol: Exclude<Kind, 'pty'>, echoes = false) {
  const server = new PortServerEmulator();
  server.echoes = echoes;
  server.isRaw = protocol === 'raw';
  server.refuses = protocol === 'telnet';
  const tcpPort = await server.listen();
  undo.push(() => server.close());
  const params = { kind: 'network', host: '127.0.0.1', tcpPort, baudRate: 115_200, protocol };
  return { wire: server, params };
}

async function echoingLine(kind: Kind): Promise<Line> {
  return kind === 'pty' ? await ptyLine(true) : await serverLine(kind, true);
}

async function bench({ wire, params }: Line, more: Record<string, unknown> = {}) {
  const board = await DaplinkBoardEmulator.start(wire);
  undo.push(async () => await board.close());
  const spec = board.spec({ console: params, ...more });
  const rig = await TestAgent.start([spec]);
  undo.push(async () => await rig.stop());
  return async (name: string, how: Partial<Assignment> = {}) => {
    const bytes = readFileSync(firmwarePath('FVP_MPS2_M3', name));
    const { attemptId } = await rig.begin(spec, { bytes, name }, how);
    const end = await rig.controller.ended(attemptId);
    const records = new ConsoleLogDecoder().push(rig.controller.kept(attemptId).console);
    const heard = records.filter(({ direction }) => direction === 'rx').map(({ bytes: b }) => b);
    return { end, log: Buffer.concat(heard).toString('latin1') };
  };
}

const OLD = 'the words of another time';
const expecting = (...lines: string[]) => ({ compareLog: { lines }, timeoutMs: 4000 });

describe.each(['rfc2217', 'telnet', 'raw'] as const)('what a %s server held', (kind) => {
  it('is in the log, and crashes nothing', async () => {
    const line = await serverLine(kind);
    line.wire.backlog = Buffer.from(errorBlock);
    const { end, log } = await (await bench(line))('pass.bin');
    expect(end).toMatchObject({ verdict: 'pass', reason: 'completed' });
    expect(log).toContain('++ MbedOS Error Info ++');
  });

  it('fulfils no expectation; what the firmware says at its start does', async () => {
    const line = await serverLine(kind);
    line.wire.backlog = Buffer.from(`${OLD}\r\n`);
    const run = await bench(line);
    const { end, log } = await run('plain.bin', expecting(OLD));
    expect(end).toMatchObject({ verdict: 'fail', reason: 'timeout' });
    expect(log).toContain(OLD);
    const again = await run('plain.bin', expecting('plain suites on', 'End of plain test suites'));
    expect(again.end).toMatchObject({ verdict: 'pass' });
  });
});

describe('what another program still prints', () => {
  it('on a serial port has been read before the board is reset', async () => {
    const line = await ptyLine(false);
    const emulator = await DaplinkBoardEmulator.start(line.wire);
    undo.push(async () => await emulator.close());
    const driver = await loadDriver('daplink');
    const board = await driver?.create(
      emulator.spec({ console: line.params }),
      join(emulator.machine.root, 'board'),
    );
    if (!board) throw new Error('no driver');
    undo.push(async () => await board.dispose());
    const listener = new CollectingListener();
    await board.console.open(listener, wanted);
    line.wire.send(Buffer.from(errorBlock));
    let before = '';
    await board.resetLine.reset(wanted, () => {
      before = listener.text;
    });
    expect(before).toBe(errorBlock);
    expect(emulator.target.resets).toBe(1);
  });

  it('is no evidence up to the end of the break that resets the board', async () => {
    const line = await serverLine('rfc2217');
    line.wire.onHold = () => line.wire.send(Buffer.from(`${OLD}\r\n`));
    const run = await bench(line, { reset: { kind: 'break', breakMs: 50 } });
    const { end, log } = await run('plain.bin', expecting(OLD));
    expect(end).toMatchObject({ verdict: 'fail', reason: 'timeout' });
    expect(log).toContain(OLD);
    const again = await run('plain.bin', expecting('plain suites on', 'End of plain test suites'));
    expect(again.end).toMatchObject({ verdict: 'pass' });
  });

  it('is waited for where a server does not tell when it has handed everything out', async () => {
    for (const protocol of ['rfc2217', 'telnet'] as const) {
      const line = await serverLine(protocol);
      line.wire.isTaciturn = true;
      line.wire.backlog = Buffer.from(errorBlock);
      expect((await (await bench(line))('pass.bin')).end).toMatchObject({ verdict: 'pass' });
    }
  });
});

describe.each(KINDS)('a console of kind %s that returns what it is sent', (kind) => {
  it.each(['pass.bin', 'device_echo.bin'])('does not matter to %s', async (image) => {
    const run = await bench(await echoingLine(kind));
    const { end, log } = await run(image);
    expect(end).toMatchObject({ verdict: 'pass', reason: 'completed' });
    expect(log).toContain('mbed'.repeat(10));
  });

  it('does not answer for a mute image', async () => {
    const run = await bench(await echoingLine(kind), { syncTimeoutMs: 200, syncTries: 2 });
    const { end } = await run('mute.bin');
    expect(end).toMatchObject({ verdict: 'infra', reason: 'syncFailed' });
  });
});
