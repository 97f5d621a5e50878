import type { HostTest, HostTestContext, HostTestMessage } from '@greenrack/farm-protocol';
import { conversation, receive, type Script, TestFailure } from './conversation.js';
import { decimal, hex, pair } from './numbers.js';
import { awaitRestart, restart, SYNC_ZERO } from './restart.js';

/** Reasons by Mbed's numbers (`reset_reason_t`). */
const PIN_RESET = 1;
const SOFTWARE = 3;
const WATCHDOG = 4;
const UNKNOWN = 11;

/** A way to reset the board: by a command that it obeys, or from outside when there is none. */
interface Way {
  readonly name: string;
  readonly command?: string;
  /** What the chip may say of it. */
  readonly told: readonly number[];
}

async function* ask(
  context: HostTestContext,
  key: string,
  value: string,
): AsyncGenerator<void, string, HostTestMessage> {
  await context.send(key, value);
  return (yield* receive(key)).value;
}

/**
 * `<8 hex capabilities>,<0 or 1>`: a bit for each reason that the chip can tell, and whether it has a watchdog.
 * A debug probe resets by the pin or by a request to the core, so a reset from outside may show as either; a chip that
 * tells only one of them may not know the other.
 */
function testable(value: string): Way[] {
  const [capabilities, hasWatchdog] = pair(value, 'ready');
  const bits = hex(capabilities, 'ready');
  const tells = (reason: number): boolean => Math.floor(bits / 2 ** reason) % 2 === 1;
  const outside = [PIN_RESET, SOFTWARE];
  const told = outside.every(tells) ? outside : [...outside, UNKNOWN];
  return [
    ...(tells(SOFTWARE) ? [{ name: 'SOFTWARE', command: 'nvic', told: [SOFTWARE] }] : []),
    ...(outside.some(tells) ? [{ name: 'PIN_RESET', told }] : []),
    ...(tells(WATCHDOG) && hasWatchdog.trim() === '1'
      ? [{ name: 'WATCHDOG', command: 'watchdog', told: [WATCHDOG] }]
      : []),
  ];
}

async function* cause(context: HostTestContext, { command }: Way): Script {
  if (command === undefined) await restart(context, SYNC_ZERO);
  else {
    context.expectReset();
    yield* ask(context, 'reset', command);
    await awaitRestart(context, SYNC_ZERO);
  }
  yield* receive('ready');
}

/**
 * Reads what the chip says of the last reset, and clears it.
 * @param seen - the raw values so far, with their reasons
 * @throws TestFailure when two reasons have one raw value
 */
async function* readReason(context: HostTestContext, seen: Map<number, number>) {
  const raw = hex(yield* ask(context, 'reason_raw', 'get'), 'reason_raw');
  const reason: number = decimal(yield* ask(context, 'reason', 'get'), 'reason');
  yield* ask(context, 'reason', 'clear');
  const before = seen.get(raw);
  if (before !== undefined && before !== reason)
    throw new TestFailure(
      `raw reset reason 0x${raw.toString(16)} stands for ${before} and for ${reason}`,
    );
  seen.set(raw, reason);
  return reason;
}

async function* tryReasons(context: HostTestContext): Script {
  const ways = testable((yield* receive('ready')).value);
  yield* ask(context, 'reason', 'clear');
  const seen = new Map<number, number>();
  for (const way of ways) {
    yield* cause(context, way);
    const got = yield* readReason(context, seen);
    if (!way.told.includes(got))
      throw new TestFailure(
        `after a reset of kind ${way.name} (${way.told.join(' or ')}) the board says ${got}`,
      );
  }
  const names = ways.map(({ name }) => name).join(', ') || 'none that can be caused';
  context.finish('pass', `reset reasons tried: ${names}`);
}

/** Resets the board in every way that it can tell, and asks it which way it was. */
export const resetReason: HostTest = {
  name: 'reset_reason',
  start: (context) => conversation(context, tryReasons(context)),
};
