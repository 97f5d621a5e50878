import { newId, RUN_DEFAULTS, SYSTEM_TENANT } from '@greenrack/farm-protocol';
import type { NewSubmission, SuspectBoard } from '../store/ports.js';
import type { GoldenImage } from './golden-images.js';

/** A board may be offline for as long as its repair takes: its check waits for it. */
const QUEUE_TIMEOUT_MS = 10 * 365 * 86_400_000;
/** Tries when agent, network or farm fail a check; a fault of the board ends it at once. */
const MAX_ATTEMPTS = 3;

/** The submission that examines a suspect board: the golden image, once, on that board. It belongs to the farm itself. */
export function planCheck(
  { serial, target }: Pick<SuspectBoard, 'serial' | 'target'>,
  image: GoldenImage,
  nowMs: number,
): NewSubmission {
  const name = `health check of ${serial}`;
  return {
    id: newId('sub', nowMs),
    name,
    ...{ tenant: SYSTEM_TENANT, ofFarm: true },
    submitter: 'controller',
    band: 'urgent',
    specJson: JSON.stringify({ healthCheck: { board: serial, image: image.name } }),
    createdMs: nowMs,
    runs: [
      {
        id: newId('run', nowMs),
        ordinal: 0,
        name,
        imageName: image.name,
        imageSha256: image.sha256,
        // No requirement that people can write has this class: targets have no small letters.
        requirementClass: `health-check|${target}|${serial}`,
        spec: {
          ...RUN_DEFAULTS,
          requirement: { target, fixtures: [], tags: [], board: serial },
          timeoutMs: image.timeoutMs,
          queueTimeoutMs: QUEUE_TIMEOUT_MS,
          maxAttempts: MAX_ATTEMPTS,
        },
        healthCheck: true,
      },
    ],
  };
}
