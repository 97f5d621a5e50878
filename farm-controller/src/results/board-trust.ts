import { blameOf } from '@greenrack/farm-model';
import type { Verdict } from '@greenrack/farm-protocol';
import type { BoardPolicy } from '../store/ports.js';

/** Verdicts of attempts that may have ended before the board had anything to do: they neither blame nor clear it. */
const SILENT: ReadonlySet<Verdict> = new Set<Verdict>(['infra', 'cancelled', 'blocked']);

/**
 * A board becomes suspect after this many attempts in a row that ended in a fault which a board can be guilty of,
 * whatever runs they were of; 0 for never. An attempt in which the firmware had its say ends the row; one that failed for
 * somebody else's sake leaves it as it is. So does an image that never answered on a board without a golden image:
 * nothing could tell whether the image or the board was mute, and three mute images would cost a sound board its place.
 * Firmware of a stranger makes its board suspect each time: nobody knows what it has left there.
 * @param hasGoldenImage - whether boards of a model can be examined
 */
export function boardTrust(
  suspectAfter: number,
  hasGoldenImage: (model: string) => boolean,
): BoardPolicy {
  return ({ model, verdict, fault, faults, untrusted }) => {
    if (untrusted) return { faults: [...faults, fault], suspect: 'it ran firmware of a stranger' };
    if (suspectAfter === 0) return { faults: [] };
    if (fault.reason === 'syncFailed' && verdict === 'infra' && !hasGoldenImage(model))
      return { faults };
    if (blameOf({ verdict, reason: fault.reason }) !== 'board')
      return { faults: SILENT.has(verdict) ? faults : [] };
    const row = [...faults, fault].slice(-suspectAfter);
    if (row.length < suspectAfter) return { faults: row };
    const reasons = row.map(({ reason }) => reason).join(', ');
    const attempts = row.length === 1 ? 'an attempt' : `${row.length} attempts in a row`;
    return { faults: row, suspect: `${attempts} failed on it: ${reasons}` };
  };
}
