import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { BoardStatus } from '@greenrack/farm-protocol';
import { afterEach, describe, expect, it, jest } from '@jest/globals';
import { pino } from 'pino';
import { UNIQUE_ID } from '../../../e2e/src/emulators/daplink-board-emulator.js';
import { DaplinkDriveEmulator } from '../../../e2e/src/emulators/daplink-drive-emulator.js';
import { BoardRack } from '../../src/board/board-rack.js';
import { BoardWatch } from '../../src/board/board-watch.js';
import { plugChanges } from '../../src/drivers/registry.js';
import { boardSpec } from '../support/assignments.js';
import { loadDriver } from '../support/load-driver.js';

const dir = mkdtempSync(join(tmpdir(), 'greenrack-plug-'));
/** Elsewhere: what the agent writes is no plug. */
const workDir = mkdtempSync(join(tmpdir(), 'greenrack-plug-boards-'));
afterEach(() => {
  for (const each of [dir, workDir]) rmSync(each, { recursive: true, force: true });
});

describe('a board for which an order was refused', () => {
  it('is reported again after a while', async () => {
    const rack = new BoardRack({ workDir, driverNames: ['qemu'], loadDriver });
    const spec = boardSpec('virt-1');
    // Its driver is loaded by now: what is left to wait for is the watch's own timer.
    await rack.probe(spec);
    jest.useFakeTimers({
      doNotFake: ['nextTick', 'setImmediate', 'queueMicrotask', 'performance'],
    });
    try {
      const reported = new Promise<readonly BoardStatus[]>((report) => {
        const watch = new BoardWatch(rack, {
          isBusy: () => false,
          report: async (boards) => report(boards),
          log: pino({ level: 'silent' }),
        });
        watch.refused(spec);
      });
      jest.advanceTimersByTime(30_000);
      jest.useRealTimers();
      expect(await reported).toMatchObject([{ serial: 'virt-1', usable: true }]);
    } finally {
      jest.useRealTimers();
      await rack.close();
    }
  });
});

describe('many boards', () => {
  const silent = pino({ level: 'silent' });
  /** The slowest driver to make a board: it fails, after a while in which nothing else had a turn. */
  const busyRack = (busyMs: number) =>
    new BoardRack({
      workDir,
      driverNames: ['busy'],
      loadDriver: async () => ({
        name: 'busy',
        create: async () => {
          for (const endMs = performance.now() + busyMs; performance.now() < endMs; );
          throw new Error('no such board');
        },
      }),
    });
  const specs = Array.from({ length: 8 }, (_, i) => boardSpec(`busy-${i}`));

  it('are looked at in turns with everything else', async () => {
    const reported: string[] = [];
    const watch = new BoardWatch(busyRack(20), {
      isBusy: () => false,
      report: async (boards) => void reported.push(...boards.map(({ serial }) => serial)),
      log: silent,
    });
    let turns = 0;
    let next = setImmediate(function pass() {
      turns++;
      next = setImmediate(pass);
    });
    await watch.watch(specs);
    clearImmediate(next);
    watch.stop();
    expect(reported.slice(0, 8)).toEqual(specs.map(({ serial }) => serial));
    expect(turns).toBeGreaterThanOrEqual(4);
  });

  it('stay withdrawn when the agent stops while they are looked at', async () => {
    const reports: string[] = [];
    const watch = new BoardWatch(busyRack(0), {
      isBusy: () => false,
      report: async (boards) => void reports.push(boards[0]?.detail ?? ''),
      log: silent,
    });
    const looking = watch.watch(specs);
    watch.stop();
    await looking;
    expect(reports).toEqual(['The agent is stopping.']);
  });
});

describe('a board that is plugged in while the agent runs', () => {
  it('is looked at when it appears and when it goes, without being asked for', async () => {
    const drive = new DaplinkDriveEmulator(join(dir, 'media/DAPLINK'), UNIQUE_ID);
    const path = join(dir, 'dev/serial/by-id/usb-Arm-if01');
    const params = {
      console: { kind: 'serial', path },
      flasher: { mountPoint: drive.mountPoint },
    };
    const spec = { ...boardSpec('k64f-1'), wiring: { driver: 'daplink', params } };
    const rack = new BoardRack({
      workDir,
      driverNames: ['daplink'],
      loadDriver,
    });
    const reports: BoardStatus[] = [];
    let heard: () => void = () => undefined;
    const watch = new BoardWatch(rack, {
      isBusy: () => false,
      report: async (boards) => {
        reports.push(...boards);
        heard();
      },
      log: pino({ level: 'silent' }),
    });
    const off = plugChanges(`${dir}/`).subscribe(() => watch.plugged());
    const next = async (count: number): Promise<void> => {
      while (reports.length < count) await new Promise<void>((resolve) => (heard = resolve));
    };
    await watch.watch([spec]);
    expect(reports.map(({ usable }) => usable)).toEqual([false]);
    mkdirSync(join(path, '..'), { recursive: true });
    writeFileSync(path, '');
    await next(2);
    expect(reports[1]).toMatchObject({ usable: true });
    rmSync(path);
    await next(3);
    expect(reports[2]).toMatchObject({ usable: false });
    off();
    watch.stop();
    expect(await rack.close()).toEqual([]);
    drive.close();
  });
});
