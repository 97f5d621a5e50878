import type { Crash } from '@greenrack/farm-protocol';
import { bounded, MAX_EVIDENCE_LINE_CHARS, MAX_MESSAGE_CHARS } from './bounded-text.js';
import { loggedText } from './log-prefix.js';

/** Most lines of evidence that a crash event carries. */
export const MAX_EVIDENCE_LINES = 400;

/*
 * Fields of the block (see crash-grammar.ts):
 *   Error Status: 0x80FF013D Code: 317 Module: 255
 *   Error Message: Fault exception
 *   Location: 0x400123
 *   Current Thread: main Id: 0x20001234 Entry: …
 *   For more info, visit: https://…?error=0x80FF013D&osver=61700&core=0x412FC231&comp=2&ver=120201&tgt=K64F
 *   FaultType: HardFault                          (in the register dump before the block)
 */
const STATUS = /^\s*Error Status:\s*(0x[0-9a-fA-F]+)/;
const MESSAGE = /^\s*Error Message:\s*(.*)$/;
const LOCATION = /^\s*Location:\s*(.+)$/;
const THREAD = /^\s*Current Thread:\s*(.*?)\s+Id:/;
const TARGET = /[?&]tgt=([A-Za-z0-9_]{1,64})/;
const FAULT = /^\s*FaultType:\s*(\S+)/;
/** Reports of one line: assertions before Mbed OS 5.9, RTX before 5.6, and the last words of an automatic restart. */
const SINGLE_LINE =
  /(mbed assertation failed:.*|CMSIS-RTOS error:.*|[^=]*rebooted due to a fatal error[^=]*)/;
const OLD_PLACE = /mbed assertation failed:.*, file: (.+), line (\d+)/;

function find(lines: readonly string[], pattern: RegExp): string | undefined {
  for (const line of lines) {
    const found = pattern.exec(line)?.[1]?.trim();
    if (found) return found;
  }
  return undefined;
}

/** Drops fields without a value and cuts the others. */
function fields(
  found: Record<'status' | 'location' | 'thread' | 'targetName', string | undefined>,
) {
  return {
    ...(found.status && { status: bounded(found.status, 64) }),
    ...(found.location && { location: bounded(found.location, 512) }),
    ...(found.thread && { thread: bounded(found.thread, MAX_THREAD_CHARS) }),
    ...(found.targetName && { targetName: found.targetName }),
  };
}
const MAX_THREAD_CHARS = 200;

function boundedLines(lines: readonly string[]): string[] {
  return lines.slice(0, MAX_EVIDENCE_LINES).map((line) => bounded(line, MAX_EVIDENCE_LINE_CHARS));
}

function oldPlace(lines: readonly string[]): string | undefined {
  for (const line of lines) {
    const place = OLD_PLACE.exec(line);
    if (place) return `${place[1]}:${place[2]}`;
  }
  return undefined;
}

/** Reads the lines of a crash block, with the register dump before it when there was one. */
export function crashFromBlock(printed: readonly string[]): Crash {
  const lines = printed.map(loggedText);
  const fault = find(lines, FAULT);
  const said = find(lines, MESSAGE) ?? find(lines, SINGLE_LINE);
  const message = [said ?? (fault ? 'Fault exception' : 'fatal error'), fault && `(${fault})`];
  return {
    message: bounded(message.filter(Boolean).join(' '), MAX_MESSAGE_CHARS),
    lines: boundedLines(printed),
    ...fields({
      status: find(lines, STATUS),
      location: find(lines, LOCATION) ?? oldPlace(lines),
      thread: find(lines, THREAD),
      targetName: find(lines, TARGET),
    }),
  };
}

/** Reads the `mbed_error…` messages of a crash that printed no block. */
export function crashFromKeys(keys: ReadonlyMap<string, string>): Crash {
  const code = keys.get('mbed_error_code');
  const module = keys.get('mbed_error_module');
  return {
    message: bounded(keys.get('mbed_error_message') ?? 'fatal error', MAX_MESSAGE_CHARS),
    lines: boundedLines([...keys].map(([key, value]) => `${key}: ${value}`)),
    ...fields({
      status: code === undefined ? undefined : `code ${code} module ${module ?? 'unknown'}`,
      location: keys.get('mbed_error_location'),
      thread: undefined,
      targetName: undefined,
    }),
  };
}

/** A board that restarted by itself: the evidence is what it said before. */
export function crashFromReboot(lastLines: readonly string[]): Crash {
  return { message: 'the board restarted by itself', lines: boundedLines(lastLines) };
}
