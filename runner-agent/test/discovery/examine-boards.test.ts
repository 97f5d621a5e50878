import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { BoardReport, BoardSpec } from '@greenrack/farm-protocol';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { DaplinkBoardEmulator } from '../../../e2e/src/emulators/daplink-board-emulator.js';
import { HubEmulator } from '../../../e2e/src/emulators/hub-emulator.js';
import { UsbBoardEmulator } from '../../../e2e/src/emulators/usb-board-emulator.js';
import { examineBoards } from '../../src/discovery/examine-boards.js';
import { examineInstruments } from '../../src/drivers/examine-instruments.js';
import { boardSpec } from '../support/assignments.js';
import { loadDriver } from '../support/load-driver.js';

jest.setTimeout(60_000);
let board: DaplinkBoardEmulator;
let workDir: string;
beforeEach(async () => {
  board = await DaplinkBoardEmulator.start();
  workDir = mkdtempSync(join(tmpdir(), 'greenrack-doctor-'));
});
afterEach(async () => {
  await board.close();
  rmSync(workDir, { recursive: true, force: true });
});

async function examine(spec: BoardSpec, isExercised = false): Promise<BoardReport['channels']> {
  const examineFixtures = examineInstruments;
  const how = { workDir, loadDriver, examineFixtures, isExercised };
  const [report] = await examineBoards([spec], how);
  return report?.channels ?? [];
}

const bad = (channels: BoardReport['channels']) =>
  channels.filter(({ usable }) => !usable).map(({ channel }) => channel);

describe('the doctor', () => {
  it('proves each channel of a board that is well, without resetting it', async () => {
    const channels = await examine(board.spec());
    expect(channels.map(({ channel }) => channel)).toEqual([
      'console',
      'flasher',
      'reset',
      'console opened',
      'wiring',
    ]);
    expect(bad(channels)).toEqual([]);
    expect(board.target.resets).toBe(0);
    expect(board.drive.flashings).toBe(0);
  });

  it('resets the board when it is asked to', async () => {
    expect(bad(await examine(board.spec(), true))).toEqual([]);
    expect(board.target.resets).toBe(1);
  });

  it('says of each bad channel what to do, and goes on with the others', async () => {
    board.drive.unmount();
    const reset = { kind: 'pyocd', probe: 'ABC', executable: '/nonexistent/pyocd' };
    const channels = await examine(board.spec({ reset }));
    expect(bad(channels)).toEqual(['flasher', 'reset']);
    expect(channels.map(({ detail }) => detail).join('\n')).toMatch(/automounter.*pipx install/s);
  });

  it('says that the console is not there', async () => {
    const console = { path: '/dev/ttyNONE', kind: 'serial' };
    const channels = await examine(board.spec({ console }));
    expect(bad(channels)).toEqual(['console']);
    expect(channels[0]?.detail).toMatch(/ttyNONE.*plugged in/);
  });

  it('names wrong wiring', async () => {
    const channels = await examine(board.spec({ console: { kind: 'serial', path: 'COM3' } }));
    expect(channels).toEqual([
      { channel: 'wiring', usable: false, detail: expect.stringMatching(/params\.console: path/) },
    ]);
  });

  it('holds nothing against a board that is off between runs, until its supply is on', async () => {
    const stLink = await UsbBoardEmulator.start('st-flash');
    const hub = await HubEmulator.start(stLink.machine.root);
    try {
      const power = { kind: 'uhubctl', ...hub.wiring, executable: hub.executable, offMs: 0 };
      const console = { kind: 'serial', path: '/dev/ttyNONE', appearMs: 100 };
      const spec = stLink.spec({ power, console, offBetweenRuns: true });
      const idle = await examine(spec);
      expect(bad(idle)).toEqual([]);
      expect(idle.map(({ detail }) => detail)).toContain('not seen: the board is off between runs');
      expect(hub.isOn).toBe(false);
      expect(bad(await examine(spec, true))).toEqual(['console opened', 'console']);
      expect(hub.isOn).toBe(false);
    } finally {
      hub.close();
      await stLink.close();
    }
  });

  it('does not wait for the console of a chip that runs no firmware yet', async () => {
    const pico = await UsbBoardEmulator.start('picotool');
    try {
      const channels = await examine(pico.spec());
      expect(channels.map(({ channel }) => channel)).not.toContain('console opened');
      expect(bad(channels)).toEqual([]);
    } finally {
      await pico.close();
    }
  });

  it('looks at a virtual board as a whole, and leaves nothing behind', async () => {
    const channels = await examine(boardSpec('virt-1'));
    expect(channels[0]).toMatchObject({ channel: 'board', usable: true });
    expect(existsSync(join(workDir, 'virt-1'))).toBe(false);
  });
});
