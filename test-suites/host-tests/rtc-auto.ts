import type { HostTest, HostTestContext } from '@greenrack/farm-protocol';
import { conversation, receive, type Script, shown, TestFailure } from './conversation.js';
import { decimal } from './numbers.js';

/** `2026-11-21 08:55:00` in UTC. @throws TestFailure outside the years that a clock can have. */
function dateText(seconds: number): string {
  const date = new Date(seconds * 1000);
  if (Number.isNaN(date.getTime())) throw new TestFailure(`timestamp ${seconds} is no time`);
  return date.toISOString().slice(0, 19).replace('T', ' ');
}

/** Each `timestamp;<s>` is followed by the board's own text of it: `rtc;<text>`. */
async function* compareTexts(_: HostTestContext): Script {
  for (;;) {
    const seconds = decimal((yield* receive('timestamp')).value, 'timestamp');
    const text = (yield* receive('rtc')).value;
    const expected = dateText(seconds);
    // Boards add AM or PM.
    if (!text.trim().startsWith(expected))
      throw new TestFailure(`${seconds} s is ${expected}, the board says ${shown(text)}`);
  }
}

/** The board's clock and its text must agree. */
export const rtcAuto: HostTest = {
  name: 'rtc_auto',
  start: (context) => conversation(context, compareTexts(context)),
};
