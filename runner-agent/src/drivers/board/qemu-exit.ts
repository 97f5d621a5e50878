import type { ConsoleLoss } from '../../contracts/console.js';
import type { QemuExit } from './qemu-process.js';

/** What QEMU prints before it aborts on a Cortex-M that can take no further exception. */
const LOCKUP = /^qemu: fatal: (Lockup: .*)$/m;
/** Its connections close a moment before the process is reaped: the exit tells more, so it is waited for this long. */
export const EXIT_MS = 1000;
const MAX_LINES = 60;
const MAX_LINE_CHARS = 1000;

/**
 * What the end of an emulator means for the attempt. A lockup is what a real core does when a fault happens inside its
 * fault handler: the firmware's crash, with QEMU's register dump as evidence. Anything else is the emulator's own.
 */
export function lossOf(exit: QemuExit): ConsoleLoss {
  const lockup = LOCKUP.exec(exit.stderr);
  const message = lockup?.[1];
  if (!lockup || message === undefined)
    return {
      reason: 'emulatorExited',
      message: `The emulator ${exit.how}. It said: ${exit.stderr.trim() || 'nothing'}`,
    };
  const lines = exit.stderr
    .slice(lockup.index)
    .split('\n')
    .filter((line) => line.trim() !== '');
  return {
    reason: 'crashBlock',
    message,
    crash: {
      message,
      lines: lines.slice(0, MAX_LINES).map((line) => line.slice(0, MAX_LINE_CHARS)),
    },
  };
}
