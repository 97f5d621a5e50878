import { loggedText } from './log-prefix.js';

/*
 * A fatal error on the console:
 *
 *   ++ MbedOS Fault Handler ++      register dump, only for CPU faults
 *   (blank lines)
 *   FaultType: HardFault            → what makes the line above one of a crash
 *   …
 *   -- MbedOS Fault Handler --
 *
 *   ++ MbedOS Error Info ++         always (unless it is compiled out)
 *   Error Status: 0x80FF013D Code: 317 Module: 255       → likewise, and so does the Error Message: … after it
 *   …
 *   -- MbedOS Error Info --         → the end
 *
 *   {{mbed_error;1}} {{mbed_error_code;…}} …     Mbed CE since 2025, if configured
 *   = System will be rebooted due to a fatal error =     fatal-error-auto-reboot, after the block
 *   mbed assertation failed: x > 0, file: main.cpp, line 42      before Mbed OS 5.9, in these letters
 *   CMSIS-RTOS error: ISR Queue overflow (status: 0x2, task ID: 0x0)     before Mbed OS 5.6
 *
 * Each stands alone on its line. A logger's stamps and colours may stand in front (log-prefix.ts), anything else makes
 * it a quotation: a test may print what it read of the crash before. A heading is that of a crash when the line that
 * must follow does, blank lines aside.
 */
/** Lines worth reading hold one of these. */
export const CRASH_NEEDLES: readonly string[] = [
  '++ Mbed',
  'mbed assertation failed',
  'CMSIS-RTOS error',
  'rebooted due to a fatal error',
];

const FOLLOWS: ReadonlyMap<string, RegExp> = new Map([
  ['++ MbedOS Error Info ++', /^Error (?:Status: *0x[0-9a-f]+|Message: )/i],
  ['++ MbedOS Fault Handler ++', /^FaultType:\s*\w+/],
]);
const BLOCK_END = '-- MbedOS Error Info --';
const SINGLE_LINE =
  /^(?:mbed assertation failed: .*, file: .+, line \d+|CMSIS-RTOS error: .+ \(status: 0x[0-9a-f]+, task ID: 0x[0-9a-f]+\)|= System will be rebooted due to a fatal error =)$/i;

/** What must come next for a line to be the heading of a crash; undefined when it is no heading. */
export function crashHeading(line: string): RegExp | undefined {
  return line.includes('++ Mbed') ? FOLLOWS.get(loggedText(line)) : undefined;
}

export function endsCrashBlock(line: string): boolean {
  return line.includes(BLOCK_END) && loggedText(line) === BLOCK_END;
}

/** A report of one line: assertions and kernel errors of old versions, and the last words before a restart. */
export function isCrashLine(line: string): boolean {
  return (
    CRASH_NEEDLES.some((needle) => line.includes(needle)) && SINGLE_LINE.test(loggedText(line))
  );
}
