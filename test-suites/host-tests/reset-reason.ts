import type { HostTest, HostTestContext, HostTestMessage } from '@greenrack/farm-protocol';
import { conversation, receive, type Script, TestFailure } from './conversation.js';
import { decimal, hex, pair } from './numbers.js';
import { awaitRestart, restart, SYNC_ZERO } from './restart.js';

/** Reasons that we can cause, by Mbed's numbers (`reset_reason_t`), in the order in which they are tried. */
const REASONS = [
  { name: 'SOFTWARE', number: 3, command: 'nvic' },
  { name: 'PIN_RESET', number: 1, command: undefined },
  { name: 'WATCHDOG', number: 4, command: 'watchdog' },
] as const;
type Reason = (typeof REASONS)[number];

async function* ask(
  context: HostTestContext,
  key: string,
  value: string,
): AsyncGenerator<void, string, HostTestMessage> {
  await context.send(key, value);
  return (yield* receive(key)).value;
}

/** `<8 hex capabilities>,<0 or 1>`: a bit for each reason that the chip can tell, and whether it has a watchdog. */
function testable(value: string): Reason[] {
  const [capabilities, hasWatchdog] = pair(value, 'ready');
  const bits = hex(capabilities, 'ready');
  return REASONS.filter(
    ({ name, number }) =>
      Math.floor(bits / 2 ** number) % 2 === 1 &&
      (name !== 'WATCHDOG' || hasWatchdog.trim() === '1'),
  );
}

async function* cause(context: HostTestContext, { command }: Reason): Script {
  if (command === undefined) await restart(context, SYNC_ZERO);
  else {
    context.expectReset();
    yield* ask(context, 'reset', command);
    await awaitRestart(context, SYNC_ZERO);
  }
  yield* receive('ready');
}

/** Reads what the chip says of the last reset, and clears it. @throws TestFailure when the raw value is not new. */
async function* readReason(context: HostTestContext, seen: Set<number>) {
  const raw = hex(yield* ask(context, 'reason_raw', 'get'), 'reason_raw');
  const reason: number = decimal(yield* ask(context, 'reason', 'get'), 'reason');
  yield* ask(context, 'reason', 'clear');
  if (seen.has(raw)) throw new TestFailure(`raw reset reason 0x${raw.toString(16)} came twice`);
  seen.add(raw);
  return reason;
}

async function* tryReasons(context: HostTestContext): Script {
  const reasons = testable((yield* receive('ready')).value);
  yield* ask(context, 'reason', 'clear');
  const seen = new Set<number>();
  for (const one of reasons) {
    yield* cause(context, one);
    const got = yield* readReason(context, seen);
    if (got !== one.number)
      throw new TestFailure(
        `after a reset of kind ${one.name} (${one.number}) the board says ${got}`,
      );
  }
  const names = reasons.map(({ name }) => name).join(', ') || 'none that can be caused';
  context.finish('pass', `reset reasons tried: ${names}`);
}

/** Resets the board in every way that it can tell, and asks it which way it was. */
export const resetReason: HostTest = {
  name: 'reset_reason',
  start: (context) => conversation(context, tryReasons(context)),
};
