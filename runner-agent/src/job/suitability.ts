import type { Assignment } from '@greenrack/farm-protocol';
import type { ImageInfo } from '@greenrack/firmware';
import { RunFault } from '../contracts/run-fault.js';

/** @throws RunFault with `imageUnsuitable` when the image says of itself that it is not for this board. */
export function checkSuitable({ board, image }: Assignment, info: ImageInfo): void {
  if (info.machine !== undefined && info.machine !== 'arm')
    throw unsuitable(`${image.name} is for ${info.machine} processors, not for Arm`);
  if (info.targetName !== undefined && info.targetName !== board.target)
    throw unsuitable(
      `${image.name} was built for ${info.targetName}, but ${board.serial} is a ${board.target}`,
    );
}

function unsuitable(what: string): RunFault {
  return new RunFault('imageUnsuitable', `${what}. Submit the image built for the board's target.`);
}
