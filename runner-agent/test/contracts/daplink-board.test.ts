import { jest } from '@jest/globals';
import { DaplinkBoardEmulator } from '../../../e2e/src/emulators/daplink-board-emulator.js';
import { PortServerEmulator } from '../../../e2e/src/emulators/port-server-emulator.js';
import { flashImage } from '../support/flash-image.js';
import { itIsABoard } from './board.contract.js';

/** A busy machine may take seconds to start a target and a tool. */
jest.setTimeout(60_000);

itIsABoard('an emulated DAPLink board', async () => {
  const emulator = await DaplinkBoardEmulator.start();
  return {
    spec: emulator.spec(),
    image: flashImage('smallest.bin'),
    close: async () => await emulator.close(),
  };
});

itIsABoard('an emulated DAPLink board behind a serial port server, reset by a break', async () => {
  const server = new PortServerEmulator();
  const tcpPort = await server.listen();
  const emulator = await DaplinkBoardEmulator.start(server);
  const console = { kind: 'network', host: '127.0.0.1', tcpPort, baudRate: 115_200 };
  return {
    spec: emulator.spec({ console, reset: { kind: 'break', breakMs: 20 } }),
    image: flashImage('smallest.hex'),
    close: async () => {
      server.close();
      await emulator.close();
    },
  };
});
