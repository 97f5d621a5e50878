import type { Lane } from '../store/ports.js';

/** One text per lane, safe inside a Redis key: also the name of its Bull queue. */
export function laneKey(lane: Lane): string {
  return [lane.band, lane.tenant, lane.requirementClass].map(encodeURIComponent).join('/');
}
