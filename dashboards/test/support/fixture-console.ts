import { Buffer } from 'node:buffer';
import {
  type ConsoleDirection,
  encodeLogHeader,
  encodeRecordHeader,
} from '@greenrack/farm-protocol';

/** Writes a `.grlog` in memory. */
export class FixtureLog {
  readonly #pieces: Uint8Array[];
  #lastUs = 0;
  bytes: number;

  constructor(wallMs: number) {
    const header = encodeLogHeader(wallMs);
    this.#pieces = [header];
    this.bytes = header.length;
  }

  /** Appends one record and returns its bytes. */
  add(atUs: number, direction: ConsoleDirection, data: string | Uint8Array): Buffer {
    const payload = Buffer.from(data as Uint8Array);
    const record = Buffer.concat([
      encodeRecordHeader(atUs - this.#lastUs, direction, payload.length),
      payload,
    ]);
    this.#lastUs = atUs;
    this.#pieces.push(record);
    this.bytes += record.length;
    return record;
  }

  get lastUs(): number {
    return this.#lastUs;
  }

  all(): Buffer {
    return Buffer.concat(this.#pieces);
  }
}

const HANDSHAKE: readonly (readonly [ConsoleDirection, string])[] = [
  [
    'tx',
    'mbedmbedmbedmbedmbedmbedmbedmbedmbedmbed{{__sync;5f0b6f0e-8e4a-4c1d-9d3c-0c9d4d1a7b11}}\n',
  ],
  ['rx', 'mbedmbedmbedmbedmbedmbedmbedmbed\r\n'],
  ['rx', '{{__sync;5f0b6f0e-8e4a-4c1d-9d3c-0c9d4d1a7b11}}\r\n'],
  ['rx', '{{__version;1.3.0}}\r\n{{__timeout;20}}\r\n{{__host_test_name;default_auto}}\r\n'],
];

export const CASE_NAMES = [
  'mutex is released by its owner only',
  'semaphore counts to its limit',
  'queue keeps order under load',
  'event flags wake every waiter',
  'timer fires within its tolerance',
  'thread stack is watched',
];

function addCase(log: FixtureLog, name: string, failed: boolean): void {
  const at = log.lastUs;
  const line = failed ? ':142::FAIL: Expected 3 Was 4\r\n' : '';
  log.add(at + 900, 'rx', `\r\n>>> Running case: '${name}'...\r\n{{__testcase_start;${name}}}\r\n`);
  log.add(
    at + 41_300,
    'rx',
    `${line}{{__testcase_finish;${name};${failed ? 0 : 1};${failed ? 1 : 0}}}\r\n`,
  );
}

const CRASH = `
++ MbedOS Fault Handler ++

FaultType: HardFault

Context:
R   0: 00000000
R   1: 20001F38
PC   : 00002B4E
LR   : 000029A3
-- MbedOS Fault Handler --

++ MbedOS Error Info ++
Error Status: 0x80FF013D Code: 317 Module: 255
Error Message: Fault exception
Location: 0x2B4E
Error Value: 0x20003C10
Current Thread: main Id: 0x20002D40 Entry: 0x2A1D StackSize: 0x1000 StackMem: 0x20003000 SP: 0x20003F68
-- MbedOS Error Info --
`.replaceAll('\n', '\r\n');

export const CRASH_LINES = CRASH.split('\r\n').filter((line) => line !== '');

function addJunk(log: FixtureLog): void {
  const at = log.lastUs;
  log.add(
    at + 300,
    'rx',
    Buffer.from([0xff, 0x00, 0x1b, 0x5b, 0x33, 0x31, 0x6d, 0xc3, 0x28, 0x0d, 0x0a]),
  );
  log.add(at + 600, 'rx', '<img src=x onerror=alert(1)> <b>not bold</b> \u202egnp.exe\r\n');
  log.add(at + 700, 'rx', `temperature 21.5 °C, voltage 3.30 V, ✓ ok\r\n`);
  log.add(at + 900, 'rx', `long line: ${'0123456789abcdef'.repeat(6400)}\r\n`);
  log.add(at + 950, 'rx', 'half an an');
  log.add(at + 980, 'tx', '{{echo;hello}}\n');
  log.add(at + 999, 'rx', 'swer, then the rest\r\n');
}

export type ConsoleKind = 'pass' | 'fail' | 'crash' | 'big' | 'live';

/** The console of a whole attempt. */
export function fixtureLog(kind: ConsoleKind, wallMs: number): FixtureLog {
  const log = new FixtureLog(wallMs);
  for (const [direction, text] of HANDSHAKE) log.add(log.lastUs + 12_345, direction, text);
  if (kind === 'big')
    for (let i = 0; i < 125_000; i++)
      log.add(
        log.lastUs + 37,
        'rx',
        `[trace ${i}] sample ${(i * 7919) % 65_536} flags 0x${(i % 255).toString(16)} ${'.'.repeat(i % 60)}\r\n`,
      );
  else addJunk(log);
  for (const [index, name] of CASE_NAMES.entries())
    if (kind !== 'live' || index < 2) addCase(log, name, kind === 'fail' && index === 2);
  if (kind === 'crash') log.add(log.lastUs + 500, 'rx', CRASH);
  else if (kind !== 'live')
    log.add(
      log.lastUs + 500,
      'rx',
      `{{end;${kind === 'fail' ? 'failure' : 'success'}}}\r\n{{__exit;0}}\r\n`,
    );
  return log;
}
