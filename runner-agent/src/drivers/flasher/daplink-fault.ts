import { RunFault } from '../../contracts/run-fault.js';
import { type WantedBoard, wantedId, wrongKind } from './board-identity.js';
import type { DaplinkDetails } from './details-txt.js';

/** @throws RunFault when the drive is not that of the wanted board, or cannot be flashed safely. */
export function refuseUnfit(
  { uniqueId, remountCount, mode }: DaplinkDetails,
  wanted: WantedBoard & { readonly uniqueId?: string | undefined },
): void {
  const id = wantedId(wanted, wanted.uniqueId);
  if (id !== undefined && id !== uniqueId)
    throw fault(
      `the drive belongs to ${uniqueId ?? 'a probe that tells no ID'}, but the inventory has ${id} here`,
      'Plug the right board in, or correct serial and flasher.uniqueId in the rack file',
    );
  const wrong = uniqueId === undefined ? undefined : wrongKind(uniqueId, wanted);
  if (wrong !== undefined) throw new RunFault('flashFailed', `DAPLink: ${wrong}.`);
  if (mode === 'Bootloader')
    throw fault('the probe is in its bootloader', 'Replug it without holding reset');
  if (remountCount === undefined)
    throw fault(
      'the drive tells no remount count',
      'Update the probe (DAPLink 0240 or later), or use a flash tool: pyocd, openocd, st-flash',
    );
}

/** What helps against what the probe complains about. */
export function cureOf({ type }: { readonly type: string }): string {
  if (type.includes('target')) return 'Power-cycle the board; check its SWD connection';
  if (type.includes('user')) return 'Submit an image built for this target';
  return 'Try again; replug the board';
}

/** A fault of flashing through the drive. */
export function fault(what: string, cure: string): RunFault {
  return new RunFault('flashFailed', `DAPLink: ${what}. ${cure}.`);
}
