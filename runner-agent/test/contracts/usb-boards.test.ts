import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { readImage } from '@greenrack/firmware';
import { jest } from '@jest/globals';
import { Uf2BoardEmulator } from '../../../e2e/src/emulators/uf2-board-emulator.js';
import { UsbBoardEmulator } from '../../../e2e/src/emulators/usb-board-emulator.js';
import { flashImage } from '../support/flash-image.js';
import { uf2File } from '../support/uf2-file.js';
import { itIsABoard } from './board.contract.js';

/** A busy machine may take seconds to start a target and a tool. */
jest.setTimeout(60_000);

itIsABoard('an emulated ST-Link board under openocd', async () => {
  const board = await UsbBoardEmulator.start('openocd');
  const close = async () => await board.close();
  return { spec: board.spec(), image: flashImage('smallest.hex'), close };
});

itIsABoard('an emulated ST-Link board under st-flash', async () => {
  const board = await UsbBoardEmulator.start('st-flash');
  const close = async () => await board.close();
  return { spec: board.spec(), image: flashImage('smallest.bin'), close };
});

itIsABoard('an emulated Pico under picotool', async () => {
  const board = await UsbBoardEmulator.start('picotool');
  const close = async () => await board.close();
  const image = flashImage('smallest.elf');
  return { spec: board.spec(), image, refuses: 'bin', close };
});

itIsABoard('an emulated Pico with the drive of its boot loader', async () => {
  const board = await Uf2BoardEmulator.start();
  const path = join(board.machine.root, 'smallest.uf2');
  const bytes = uf2File(readFileSync(flashImage('smallest.bin').path));
  writeFileSync(path, bytes);
  const image = { path, info: readImage(bytes, 'smallest.uf2') };
  const close = async () => await board.close();
  return { spec: board.spec(), image, refuses: 'bin', close };
});
