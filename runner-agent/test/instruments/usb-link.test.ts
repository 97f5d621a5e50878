import type { UsbLink } from '@greenrack/farm-protocol';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { type EmulatedUsb, UsbMachine } from '../../../e2e/src/emulators/usb-machine.js';
import type { LentInstruments } from '../../src/contracts/instruments.js';
import { lendInstruments } from '../../src/drivers/instruments.js';
import { type NativeDevice, nativeUsb } from '../../src/drivers/usb-device/native-usb.js';

jest.setTimeout(60_000);
const SERIAL = '0123456789';
const LONG_MS = 50_000;
const DESCRIPTORS = Uint8Array.of(18, 1, 0, 2);
const GET_STATUS = {
  type: 'standard',
  recipient: 'device',
  request: 0,
  value: 0,
  index: 0,
} as const;

/** A device as the npm package shows it: records calls, answers bytes, and fails with the words of nusb. */
class PlayedNative implements NativeDevice {
  readonly calls: string[] = [];
  /** What each method throws, by its name. */
  fails: Readonly<Record<string, string>> = {};
  answer: Uint8Array | null = Uint8Array.of(1, 0);

  constructor(
    readonly bus = '001',
    readonly address = 7,
  ) {}

  open = async () => this.#call('open');
  close = async () => this.#call('close');
  reset = async () => this.#call('reset');
  claimInterface = async (number: number) => this.#call('claimInterface', number);
  releaseInterface = async (number: number) => this.#call('releaseInterface', number);
  selectAlternateInterface = async (...args: number[]) => this.#call('selectAlternate', ...args);
  detachKernelDriver = async (number: number) => this.#call('detachKernelDriver', number);
  attachKernelDriver = async (number: number) => this.#call('attachKernelDriver', number);
  clearHalt = async (...args: unknown[]) => this.#call('clearHalt', ...args);

  async nativeControlTransferIn(...args: unknown[]): Promise<Uint8Array | null> {
    this.#call('controlIn', ...args);
    return this.answer;
  }
  async nativeControlTransferOut(...args: unknown[]): Promise<number> {
    this.#call('controlOut', ...args);
    return 0;
  }
  async nativeTransferIn(...args: unknown[]): Promise<Uint8Array | null> {
    this.#call('transferIn', ...args);
    return this.answer;
  }
  async nativeTransferOut(...args: unknown[]): Promise<number> {
    this.#call('transferOut', ...args);
    return 0;
  }

  #call(name: string, ...args: unknown[]): void {
    this.calls.push([name, ...args.map((arg) => JSON.stringify(arg))].join(' '));
    const why = this.fails[name];
    if (why !== undefined) throw new Error(why);
  }
}

const USB: EmulatedUsb = {
  usbPath: '1-1.4',
  vendorId: '0d28',
  productId: '0205',
  serial: SERIAL,
  product: 'TEST DEVICE',
  place: [1, 7],
  descriptors: DESCRIPTORS,
};

let machine: UsbMachine;
let native: PlayedNative;
let lent: LentInstruments;
beforeEach(() => {
  machine = new UsbMachine();
  machine.plugHub('1-1');
  native = new PlayedNative();
  const others = [new PlayedNative('002', 7), new PlayedNative('001', 8)];
  lent = lendInstruments(['usb-device:1-1.4'], {
    root: machine.root,
    usb: { listNative: async () => [...others, native] },
  });
});
afterEach(async () => {
  await lent.release();
  machine.close();
});

async function opened(): Promise<UsbLink> {
  machine.plug(USB);
  const link = await lent.instruments['usb-device'].openDevice(SERIAL, LONG_MS);
  if (!link) throw new Error('no device');
  return link;
}

describe('transfers with a board’s own USB', () => {
  it('go to the device at that place of the bus, once it is there', async () => {
    const opening = lent.instruments['usb-device'].openDevice(SERIAL, LONG_MS);
    machine.plug(USB);
    expect([...((await opening)?.descriptors ?? [])]).toEqual([...DESCRIPTORS]);
    expect(native.calls).toEqual(['open']);
  });

  it('say what they are and how long they may take', async () => {
    const link = await opened();
    native.calls.length = 0;
    expect(await link.controlIn(GET_STATUS, 2, 5000)).toEqual({
      how: 'done',
      bytes: Uint8Array.of(1, 0),
    });
    await link.controlOut(
      { ...GET_STATUS, type: 'vendor', request: 4, value: 9 },
      Uint8Array.of(7),
      4000,
    );
    await link.read(0x81, 64, 1000);
    await link.write(0x02, Uint8Array.of(5), 2000);
    await link.setAlternate(0, 3);
    await link.clearHalt(0x81);
    await link.clearHalt(0x01);
    await link.reset();
    expect(native.calls).toEqual([
      'controlIn {"requestType":"standard","recipient":"device","request":0,"value":0,"index":0} 5000 2',
      'controlOut {"requestType":"vendor","recipient":"device","request":4,"value":9,"index":0} 4000 {"0":7}',
      'transferIn 1 1000 64',
      'transferOut 2 2000 {"0":5}',
      'selectAlternate 0 3',
      'clearHalt "in" 1',
      'clearHalt "out" 1',
      'reset',
    ]);
  });

  it('take an interface from the kernel once, and give it back', async () => {
    const link = await opened();
    expect(await link.claim(0)).toEqual({ how: 'done' });
    expect(await link.claim(0)).toEqual({ how: 'done' });
    await link.close();
    const [, ...calls] = native.calls;
    expect(calls).toEqual([
      'detachKernelDriver 0',
      'claimInterface 0',
      'releaseInterface 0',
      'attachKernelDriver 0',
      'close',
    ]);
  });

  it('leave an interface without a driver as it was', async () => {
    native.fails = { detachKernelDriver: 'detachKernelDriver error: no kernel driver attached' };
    const link = await opened();
    await link.claim(2);
    await link.close();
    expect(native.calls).not.toContain('attachKernelDriver 2');
  });

  it.each([
    ['controlIn', 'controlTransferIn error: endpoint stalled', 'stalled'],
    ['controlIn', 'controlTransferIn error: transfer was cancelled', 'timedOut'],
    ['controlIn', 'controlTransferIn error: device disconnected', 'gone'],
    ['controlIn', 'controlTransferIn error: hardware fault or protocol violation', 'failed'],
    ['transferIn', 'transferIn error: Stall', 'stalled'],
    ['transferIn', 'transferIn error: Cancelled', 'timedOut'],
    ['transferIn', 'transferIn error: Disconnected', 'gone'],
    ['transferIn', 'transferIn error: Unknown(75)', 'failed'],
  ])('that fail with “%s: %s” are the device’s doing', async (method, words, how) => {
    const link = await opened();
    native.fails = { [method]: words };
    const end = method === 'controlIn' ? link.controlIn(GET_STATUS, 2, 1) : link.read(0x81, 8, 1);
    expect(await end).toEqual({ how, detail: words });
  });

  it.each([
    ['controlIn', 'controlTransferIn error: invalid state'],
    ['transferIn', 'transferIn error: endpoint not found'],
    ['transferIn', 'transferIn error: endpoint already in use'],
    ['transferIn', 'transferIn error: InvalidArgument'],
  ])('that fail with “%s: %s” are our own fault', async (method, words) => {
    const link = await opened();
    native.fails = { [method]: words };
    const end = method === 'controlIn' ? link.controlIn(GET_STATUS, 2, 1) : link.read(0x81, 8, 1);
    await expect(end).rejects.toThrow(words);
  });

  it('are not possible with an interface that another program has', async () => {
    const link = await opened();
    native.fails = { claimInterface: 'claimInterface error: interface is busy' };
    await expect(link.claim(0)).rejects.toThrow('is busy');
  });
});

describe('a device that cannot be opened', () => {
  it('is not there when it went away meanwhile', async () => {
    machine.plug(USB);
    native.open = async () => {
      machine.unplug(USB);
      throw new Error('open error: device not found');
    };
    expect(await lent.instruments['usb-device'].openDevice(SERIAL, LONG_MS)).toBeUndefined();
  });

  it('is trouble of this machine when it is still there', async () => {
    native.fails = { open: 'open error: failed to open device' };
    await expect(opened()).rejects.toThrow(/USB device .*007: open error: failed to open device/);
  });

  it('is closed when the run ends', async () => {
    await (await opened()).claim(0);
    await lent.release();
    expect(native.calls.slice(-3)).toEqual(['releaseInterface 0', 'attachKernelDriver 0', 'close']);
  });

  it('says what could not be given back', async () => {
    await opened();
    native.fails = { close: 'stuck' };
    await expect(lent.release()).rejects.toThrow(/USB device .*007: stuck/);
  });
});

describe('the npm package for USB', () => {
  it('is installed with what is used of it', async () => {
    expect(await nativeUsb()).toBeInstanceOf(Function);
  });
});
