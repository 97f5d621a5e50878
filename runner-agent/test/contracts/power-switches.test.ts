import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer as createHttpServer } from 'node:http';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, jest } from '@jest/globals';
import { HubEmulator } from '../../../e2e/src/emulators/hub-emulator.js';
import { Ppk2Emulator } from '../../../e2e/src/emulators/ppk2-emulator.js';
import { PtyPair } from '../../../e2e/src/emulators/pty-pair.js';
import { StandInTool } from '../../../e2e/src/emulators/stand-in-tool.js';
import { square } from '../../../e2e/src/emulators/waveform.js';
import type { PartMaker, PowerPart } from '../../src/contracts/board-part.js';
import { Ppk2Meter } from '../../src/drivers/power-meter/ppk2-meter.js';
import { maker as hidRelay } from '../../src/drivers/power-switch/hid-relay-switch.js';
import { maker as lcus } from '../../src/drivers/power-switch/lcus-switch.js';
import { maker as meterSwitch } from '../../src/drivers/power-switch/meter-switch.js';
import { maker as pdudaemon } from '../../src/drivers/power-switch/pdudaemon-switch.js';
import { maker as scpi } from '../../src/drivers/power-switch/scpi-switch.js';
import { maker as uhubctl } from '../../src/drivers/power-switch/uhubctl-switch.js';
import { maker as ykush } from '../../src/drivers/power-switch/ykush-switch.js';
import { boardSpec } from '../support/assignments.js';
import { UsbrelayScript } from '../support/usbrelay-script.js';
import { itIsAPowerSwitch } from './power-switch.contract.js';

jest.setTimeout(30_000);

function make(maker: PartMaker<PowerPart>, params: Record<string, unknown>): PowerPart {
  const context = { where: 'board b: power', board: boardSpec('b'), workDir: tmpdir() };
  return maker.create({ offMs: 5, ...params }, context);
}

/** A folder of its own and what is in it. */
function folder() {
  const dir = mkdtempSync(join(tmpdir(), 'greenrack-power-'));
  const text = (name: string) => {
    const path = join(dir, name);
    return existsSync(path) ? readFileSync(path, 'utf8') : '';
  };
  return { dir, text, close: async () => rmSync(dir, { recursive: true, force: true }) };
}

itIsAPowerSwitch('a hub port under uhubctl', async () => {
  const { dir, close } = folder();
  const hub = await HubEmulator.start(dir);
  return {
    power: make(uhubctl, { ...hub.wiring, executable: hub.executable }),
    isOn: () => hub.isOn,
    breakDown: () => {
      hub.isBroken = true;
    },
    close: async () => {
      hub.close();
      await close();
    },
  };
});

itIsAPowerSwitch('an HID relay under usbrelay', async () => {
  const { dir, text, close } = folder();
  const tool = new UsbrelayScript(dir);
  return {
    power: make(hidRelay, { relayBoard: 'HURTM', channel: 2, executable: tool.path }),
    isOn: () => text('state') === 'on',
    breakDown: () => tool.breakDown(),
    close,
  };
});

itIsAPowerSwitch('a PPK2 that feeds the board', async () => {
  const waveform = square(1000, 10, [100, 200]);
  const ppk = await Ppk2Emulator.start({ waveform });
  const meter = new Ppk2Meter({ path: ppk.path, mode: 'source', supplyMv: 3300 });
  const context = { where: 'board b: power', board: boardSpec('b'), workDir: tmpdir(), meter };
  const power = meterSwitch.create({}, context);
  // It does not answer: what it was told before has been heard when it tells its constants.
  const heard = async (work: Promise<void>): Promise<void> => {
    await work;
    await meter.check(new AbortController().signal);
  };
  return {
    power: {
      on: async (signal) => await heard(power.on(signal)),
      off: async () => await heard(power.off()),
      check: async (signal) => await power.check(signal),
    },
    isOn: () => ppk.isFeeding,
    breakDown: async () => await ppk.close(),
    close: async () => {
      await meter.dispose();
      await ppk.close();
    },
  };
});

itIsAPowerSwitch('an LCUS relay', async () => {
  const pty = await PtyPair.open();
  const relays = new Map<number, number>();
  let pending = Buffer.alloc(0);
  pty.onBytes((bytes) => {
    pending = Buffer.concat([pending, bytes]);
    for (; pending.length >= 4; pending = pending.subarray(4)) {
      const [start = 0, channel = 0, state = 0, sum] = pending;
      if (start === 0xa0 && ((start + channel + state) & 0xff) === sum) relays.set(channel, state);
    }
  });
  const power = make(lcus, { path: pty.path, channel: 3 });
  // A relay does not answer: its click is heard a moment after the port took the bytes.
  const settled = async (work: Promise<void>, state: number): Promise<void> => {
    await work;
    while (relays.get(3) !== state) await pty.nextBytes();
  };
  return {
    power: {
      check: async (signal) => await power.check(signal),
      on: async (signal) => await settled(power.on(signal), 1),
      off: async () => await settled(power.off(), 0),
    },
    isOn: () => relays.get(3) === 1,
    breakDown: async () => await pty.unplug(),
    close: async () => await pty.unplug(),
  };
});

itIsAPowerSwitch('a YKUSH hub', async () => {
  const pty = await PtyPair.open();
  let isOn = false;
  let isBroken = false;
  let pending = Buffer.alloc(0);
  pty.onBytes((bytes) => {
    pending = Buffer.concat([pending, bytes]);
    for (; pending.length >= 65; pending = pending.subarray(65)) {
      const command = pending[1] ?? 0;
      if (!isBroken && (command === 0x12 || command === 0x02)) isOn = command === 0x12;
      const state = (isOn ? 0x10 : 0) + 2;
      pty.send(Buffer.from([1, isBroken ? 0xff : state, ...Buffer.alloc(62)]));
    }
  });
  return {
    power: make(ykush, { path: pty.path, port: 2 }),
    isOn: () => isOn,
    breakDown: () => {
      isBroken = true;
    },
    close: async () => await pty.unplug(),
  };
});

itIsAPowerSwitch('a supply that speaks SCPI', async () => {
  let isOn = false;
  let isBroken = false;
  const server = createServer((socket) => {
    socket.on('error', () => undefined);
    socket.setEncoding('latin1').on('data', (text: string) => {
      for (const line of text.trim().split('\n')) {
        if (line === 'OUTP ON') isOn = !isBroken;
        else if (line === 'OUTP OFF') isOn = false;
        else if (line === 'OUTP?') socket.write(isOn ? '1\n' : '0\n');
        else if (line === '*IDN?') socket.write('ACME,PSU-1,0001,1.0\n');
        else if (line === 'SYST:ERR?')
          socket.write(isBroken ? '-221,"Settings conflict"\n' : '0,"No error"\n');
      }
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    power: make(scpi, { host: '127.0.0.1', tcpPort: port, channel: 1 }),
    isOn: () => isOn,
    breakDown: () => {
      isBroken = true;
    },
    close: async () => void server.close(),
  };
});

itIsAPowerSwitch('an outlet behind pdudaemon', async () => {
  let isOn = false;
  let isBroken = false;
  const server = createHttpServer((request, response) => {
    const url = new URL(request.url ?? '/', 'http://pdu');
    const known =
      url.searchParams.get('hostname') === 'pdu-1' && url.searchParams.get('port') === '7';
    if (isBroken || (url.pathname !== '/' && !known)) return response.writeHead(500).end();
    if (url.pathname === '/power/control/on') isOn = true;
    if (url.pathname === '/power/control/off') isOn = false;
    return response.end('OK - accepted request\n');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    power: make(pdudaemon, { url: `http://127.0.0.1:${port}`, hostname: 'pdu-1', port: '7' }),
    isOn: () => isOn,
    breakDown: () => {
      isBroken = true;
    },
    close: async () => void server.close().closeAllConnections(),
  };
});

describe('a hub port under uhubctl', () => {
  const missing =
    'No compatible devices detected at location 1-1.4!\nThere were permission problems while accessing USB.\n';
  it.each([
    [
      'is not there',
      'No compatible devices detected at location 1-1.4!\nRun with -h',
      /Compare hub/,
    ],
    ['may not be touched', missing, /udev rules/],
  ])('that %s says so, and what to do', async (_, stderr, cure) => {
    const { dir, close } = folder();
    const tool = new StandInTool(dir, 'uhubctl', [{ stderr, exit: 1 }]);
    const power = make(uhubctl, { hub: '1-1.4', port: 2, executable: tool.path });
    const on = power.on(new AbortController().signal);
    await expect(on).rejects.toThrow(/code 1: No compatible devices detected at location 1-1\.4!/);
    await expect(power.check(new AbortController().signal)).rejects.toThrow(cure);
    await close();
  });
});
