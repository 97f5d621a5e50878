import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { PtyPair } from '../../../e2e/src/emulators/pty-pair.js';
import { maker } from '../../src/drivers/console/serial-port-console.js';
import { maker as breakReset } from '../../src/drivers/reset/break-reset.js';
import { boardSpec } from '../support/assignments.js';
import { CollectingListener } from '../support/console-listener.js';

jest.setTimeout(30_000);
const wanted = new AbortController().signal;
let dir: string;
let path: string;
let device: PtyPair;

/** Gives the device its stable name, as udev does when it is plugged in. */
async function plug(): Promise<PtyPair> {
  const pair = await PtyPair.open();
  mkdirSync(join(dir, 'by-id'), { recursive: true });
  symlinkSync(pair.path, path);
  return pair;
}

/** The device goes, and with it its name and, when it was the last, the folder. */
async function unplug(): Promise<void> {
  rmSync(join(dir, 'by-id'), { recursive: true });
  await device.unplug();
}

function make(params: Record<string, unknown> = {}) {
  const context = { where: 'board b: console', board: boardSpec('b'), workDir: dir };
  return maker.create({ path, baudRate: 115_200, ...params }, context);
}

/** Writes as soon as the console has noticed that the old device is gone. */
async function written(console: ReturnType<typeof make>, text: string): Promise<void> {
  for (;;) {
    const failed = await console.write(Buffer.from(text)).then(
      () => false,
      () => true,
    );
    if (!failed) return;
    await new Promise((resolve) => setImmediate(resolve));
  }
}

beforeEach(async () => {
  dir = mkdtempSync(join(tmpdir(), 'greenrack-serial-'));
  path = join(dir, 'by-id/usb-Pico-if00');
  device = await plug();
});
afterEach(async () => {
  await device.unplug();
  rmSync(dir, { recursive: true, force: true });
});

describe("a board's serial port", () => {
  it('that vanishes at a reset is followed', async () => {
    const [console, listener] = [make({ vanishesAtReset: true }), new CollectingListener()];
    await console.open(listener, wanted);
    for (let i = 0; i < 3; i++) {
      await unplug();
      device = await plug();
      await written(console, `again ${i}`);
      await device.hears(`again ${i}`);
      device.send(Buffer.from(`here ${i}`));
      await listener.hears(`here ${i}`);
    }
    expect(listener.losses).toEqual([]);
    await console.close();
  });

  it('that does not come back is lost, once', async () => {
    const params = { vanishesAtReset: true, appearMs: 200 };
    const [console, listener] = [make(params), new CollectingListener()];
    await console.open(listener, wanted);
    await unplug();
    await listener.until(() => listener.losses.length > 0);
    expect(listener.losses).toMatchObject([
      { reason: 'consoleLost', message: expect.stringMatching(/did not come back.*200 ms/) },
    ]);
    await console.close();
  });

  it('that vanishes although it should not is lost at once', async () => {
    const [console, listener] = [make(), new CollectingListener()];
    await console.open(listener, wanted);
    await unplug();
    await listener.until(() => listener.losses.length > 0);
    expect(listener.losses).toHaveLength(1);
    await console.close();
  });

  it('is waited for when it is about to appear', async () => {
    await unplug();
    const [console, listener] = [make(), new CollectingListener()];
    const opening = console.open(listener, wanted);
    device = await plug();
    await opening;
    await console.close();
  });

  it('may be closed while it is away', async () => {
    const [console, listener] = [make({ vanishesAtReset: true }), new CollectingListener()];
    await console.open(listener, wanted);
    await unplug();
    await console.close();
    expect(listener.losses).toEqual([]);
  });

  it('is open again when a reset that made it vanish has ended', async () => {
    const [console, listener] = [make({ vanishesAtReset: true }), new CollectingListener()];
    await console.open(listener, wanted);
    await console.acrossReset?.(async () => {
      await unplug();
      device = await plug();
    });
    await console.write(Buffer.from('at once'));
    await device.hears('at once');
    expect(listener.losses).toEqual([]);
    await console.close();
  });

  it('is waited for while its name is there again and the device is not ready', async () => {
    const [console, listener] = [make({ vanishesAtReset: true }), new CollectingListener()];
    await console.open(listener, wanted);
    await console.acrossReset?.(async () => {
      rmSync(path);
      // A name that leads to something that is no port, as that of a device that is going.
      symlinkSync('/dev/null', path);
      await device.unplug();
      rmSync(path);
      device = await plug();
    });
    await console.write(Buffer.from('ready'));
    await device.hears('ready');
    await console.close();
  });

  it('that stays although it should vanish says what to correct', async () => {
    const console = make({ vanishesAtReset: true, appearMs: 100 });
    await console.open(new CollectingListener(), wanted);
    const reset = console.acrossReset?.(async () => undefined);
    await expect(reset).rejects.toMatchObject({
      reason: 'boardStartFailed',
      message: expect.stringMatching(/to vanish at the reset.*vanishesAtReset/),
    });
    await console.close();
  });

  it('of a chip that runs no firmware yet is no reason against the board', async () => {
    await unplug();
    expect(await make({ vanishesAtReset: true }).check(wanted)).toEqual({
      absent: expect.stringMatching(/comes with the firmware/),
    });
    await expect(make().check(wanted)).rejects.toThrow(/plugged in/);
  });

  it('that cannot send a break says so, and what to use instead: a pty has none', async () => {
    const console = make();
    const context = { where: 'reset', board: boardSpec('b'), workDir: dir, console };
    const reset = breakReset.create({ breakMs: 20 }, context);
    await console.open(new CollectingListener(), wanted);
    await expect(reset.reset(wanted)).rejects.toMatchObject({
      reason: 'boardStartFailed',
      message: expect.stringMatching(/break.*another kind of reset/),
    });
    await console.close();
  });

  it.each([9600, 115_200, 921_600, 1_000_000, 3_000_000])('opens at %d baud', async (baudRate) => {
    const console = make({ baudRate });
    await console.open(new CollectingListener(), wanted);
    const set = execFileSync('stty', ['-F', path, 'speed'], { encoding: 'utf8' });
    expect(Number(set)).toBe(baudRate);
    await console.close();
  });
});
