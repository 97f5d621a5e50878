import type { HostTestContext, UsbLink } from '@greenrack/farm-protocol';
import { TestFailure } from './conversation.js';
import {
  checkSizes,
  checkStress,
  isBufferReleased,
  isHalted,
  restartEndpoints,
  setHalt,
} from './pyusb-control.js';
import { forEachAlternate, loop, type Pair, pairOf, pairs, together } from './pyusb-pairs.js';
import { setAlternate } from './pyusb-standard.js';
import type { Endpoint } from './usb-descriptors.js';
import { succeeds, TRANSFER_MS } from './usb-requests.js';

/** The test's definition: each kind of transfer is repeated for one second, with a pause in between. */
const REPEAT_US = 1_000_000;
const PAUSE_MS = 10;
/** The test's definition: when an endpoint is halted, from the first transfer on. */
const MIN_HALT_MS = 10;
const MAX_HALT_MS = 100;
/** The firmware aborts its transfers after two packets; it has prepared eight more. */
const PACKETS_BEFORE_ABORT = 2;
const PACKETS_AFTER_ABORT = 8;
/** A packet with this in it was in a buffer that the firmware had given up. */
const FORBIDDEN_VALUE = PACKETS_AFTER_ABORT + 1;

/** Every size of packet comes back as it was sent. */
export async function checkDataCorrectness(link: UsbLink): Promise<void> {
  await forEachAlternate(link, async (setting) => {
    for (const pair of pairs(setting))
      for (let size = 0; size <= pair.out.maxPacketBytes; size++) await loop(link, pair, size);
  });
}

/** An endpoint that is halted in the middle of its transfers fails them, and works again when the halt is over. */
export async function checkHalt(link: UsbLink, context: HostTestContext): Promise<void> {
  await forEachAlternate(link, async (setting) => {
    for (const pair of pairs(setting))
      for (const until = context.nowUs() + REPEAT_US; context.nowUs() < until; ) {
        await haltOnce(link, pair, context);
        await restartEndpoints(link);
      }
  });
}

async function haltOnce(link: UsbLink, pair: Pair, context: HostTestContext): Promise<void> {
  for (const { address } of [pair.out, pair.in])
    if (await isHalted(link, address))
      throw new TestFailure(`endpoint ${address} is halted from the beginning`);
  const victim = Math.random() < 0.5 ? pair.out : pair.in;
  const halt = { isDone: false };
  const halting = haltLater(link, victim, context).finally(() => {
    halt.isDone = true;
  });
  await together([halting, untilStalled(link, { pair, victim, halt })]);
  for (const { address } of [pair.out, pair.in])
    await succeeds(`ending the halt of endpoint ${address}`, link.clearHalt(address));
}

async function haltLater(
  link: UsbLink,
  { address }: Endpoint,
  context: HostTestContext,
): Promise<void> {
  await context.delay(MIN_HALT_MS + Math.random() * (MAX_HALT_MS - MIN_HALT_MS));
  await setHalt(link, address, true);
  if (!(await isHalted(link, address)))
    throw new TestFailure(`endpoint ${address} is not halted though it was told to`);
}

/** Transfers until one fails, which must be because of the halt. None may begin and succeed after it. */
async function untilStalled(
  link: UsbLink,
  { pair, victim, halt }: { pair: Pair; victim: Endpoint; halt: { readonly isDone: boolean } },
): Promise<void> {
  for (let mayPass = true; mayPass; ) {
    mayPass = !halt.isDone;
    try {
      await loop(link, pair, pair.out.maxPacketBytes);
    } catch (error) {
      if (await isHalted(link, victim.address)) return;
      throw error;
    }
  }
  throw new TestFailure(`endpoint ${victim.address} still transfers though it is halted`);
}

/** Bulk and interrupt transfers at the same time. */
export async function checkParallel(link: UsbLink, context: HostTestContext): Promise<void> {
  await forEachAlternate(link, async (setting) => {
    await together(pairs(setting).map((pair) => repeat(link, pair, context)));
  });
}

/** Bulk, interrupt and control transfers at the same time. */
export async function checkParallelWithControl(
  link: UsbLink,
  context: HostTestContext,
): Promise<void> {
  await forEachAlternate(link, async (setting) => {
    let isOver = false;
    const transfers = together(pairs(setting).map((pair) => repeat(link, pair, context)));
    const control = async (): Promise<void> => {
      while (!isOver) {
        await checkStress(link);
        await checkSizes(link);
      }
    };
    const ending = transfers.finally(() => {
      isOver = true;
    });
    await together([ending, control()]);
  });
}

async function repeat(link: UsbLink, pair: Pair, context: HostTestContext): Promise<void> {
  for (const until = context.nowUs() + REPEAT_US; context.nowUs() < until; ) {
    await loop(link, pair, 1 + Math.floor(Math.random() * pair.out.maxPacketBytes));
    await context.delay(PAUSE_MS);
  }
}

/** A transfer that the firmware aborts stops, and the firmware has its buffer back. */
export async function checkAbort(link: UsbLink): Promise<void> {
  await forEachAlternate(link, async (setting) => {
    const both = pairs(setting);
    for (const pair of both) await checkAbortIn(link, pair.in);
    for (const pair of both) await checkAbortOut(link, pair.out);
  });
}

async function checkAbortIn(link: UsbLink, { address, maxPacketBytes }: Endpoint): Promise<void> {
  let count = 0;
  while (count < (PACKETS_BEFORE_ABORT + PACKETS_AFTER_ABORT) * maxPacketBytes) {
    const end = await link.read(address, maxPacketBytes, TRANSFER_MS);
    if (end.how !== 'done') break;
    if (end.bytes.includes(FORBIDDEN_VALUE))
      throw new TestFailure(`endpoint ${address} sends from a buffer that was given up`);
    count += end.bytes.length;
  }
  expectAborted(address, count, maxPacketBytes);
}

async function checkAbortOut(link: UsbLink, { address, maxPacketBytes }: Endpoint): Promise<void> {
  const most = PACKETS_BEFORE_ABORT + PACKETS_AFTER_ABORT;
  let packets = 0;
  while (packets < most) {
    const bytes = new Uint8Array(maxPacketBytes).fill(packets);
    if ((await link.write(address, bytes, TRANSFER_MS)).how !== 'done') break;
    packets++;
  }
  if (!(await isBufferReleased(link, address)))
    throw new TestFailure(`endpoint ${address} wrote to a buffer that was given up`);
  expectAborted(address, packets * maxPacketBytes, maxPacketBytes);
}

function expectAborted(address: number, count: number, packetBytes: number): void {
  const least = PACKETS_BEFORE_ABORT * packetBytes;
  const limit = least + PACKETS_AFTER_ABORT * packetBytes;
  if (count < least || count >= limit)
    throw new TestFailure(
      `endpoint ${address} went on for ${count} bytes before its abort, expected ${least} to ${limit - 1}`,
    );
}

/** Setting an interface and ending a halt, of a halted endpoint or not, begin with DATA0 again (9.1.1.5, 9.4.5). */
export async function checkDataToggle(link: UsbLink): Promise<void> {
  await forEachAlternate(link, async (setting) => {
    const bulk = pairOf(setting, 'bulk');
    const step = async (cause: string, act: () => Promise<void>): Promise<void> => {
      await setAlternate(link, setting);
      // Both directions go on to DATA1.
      await loop(link, bulk, bulk.out.maxPacketBytes);
      await act();
      try {
        await loop(link, bulk, bulk.out.maxPacketBytes);
      } catch (error) {
        if (!(error instanceof TestFailure)) throw error;
        throw new TestFailure(`the data toggle was not reset by ${cause}: ${error.message}`);
      }
    };
    await step('setting the interface', async () => await setAlternate(link, setting));
    await step('ending a halt that was none', async () => {
      await succeeds('ending the halt', link.clearHalt(bulk.out.address));
      await restartEndpoints(link);
    });
    await step('ending a halt', async () => {
      await setHalt(link, bulk.in.address, true);
      await succeeds('ending the halt', link.clearHalt(bulk.in.address));
    });
  });
}
