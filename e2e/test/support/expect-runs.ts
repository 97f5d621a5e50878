import { createHash } from 'node:crypto';
import {
  type AttemptEnd,
  ConsoleLogDecoder,
  type RunDetail,
  type Verdict,
} from '@greenrack/farm-protocol';
import { expect } from '@jest/globals';
import type { FarmClient } from '../../src/farm-client.js';

/** What each of our images must end as. `soak` prints for some seconds, so that something can be killed meanwhile. */
export const EXPECTED: Readonly<Record<string, Verdict>> = {
  smallest: 'pass',
  pass: 'pass',
  echo: 'pass',
  late_receiver: 'pass',
  noisy: 'pass',
  skip: 'pass',
  soak: 'pass',
  big_output_1m: 'pass',
  fail: 'fail',
  crash: 'crash',
  reboot_loop: 'crash',
  hang: 'hang',
};

/** Bytes that the board sent, from the stored log of the attempt that gave the verdict. */
export async function consoleText(client: FarmClient, run: RunDetail): Promise<string> {
  const log = await client.consoleLog(run.id, run.attempts);
  const records = new ConsoleLogDecoder().push(log);
  return Buffer.concat(records.filter((r) => r.direction === 'rx').map((r) => r.bytes)).toString(
    'latin1',
  );
}

/** One attempt ended once, its numbers have no gap, and its stored log is the one that the agent hashed. */
export async function expectWholeRecord(client: FarmClient, run: RunDetail): Promise<void> {
  const events = await client.events(run.id, run.attempts);
  expect(events.map((event) => event.seq)).toEqual(events.map((_, i) => i + 1));
  const ends = events.flatMap((event) => (event.body.type === 'attemptEnd' ? [event.body] : []));
  expect(ends).toHaveLength(1);
  const end = ends[0] as AttemptEnd;
  const log = await client.consoleLog(run.id, run.attempts);
  expect(log.length).toBe(end.consoleBytes);
  expect(createHash('sha256').update(log).digest('hex')).toBe(end.consoleSha256);
}

/** A soak log is complete when every line is there, in order, once. */
export function expectSoakLines(text: string): void {
  const numbers = [...text.matchAll(/soak line (\d+)/g)].map((match) => Number(match[1]));
  const first = numbers[0] ?? Number.NaN;
  expect(numbers.length).toBeGreaterThan(50);
  expect(numbers).toEqual(numbers.map((_, i) => first + i));
}
