import {
  bandSchema,
  boardSerialSchema,
  MAX_PARTNERS,
  requirementSchema,
  runIdSchema,
  tenantSchema,
} from '@greenrack/farm-protocol';
import { z } from 'zod';
import type { PeerBus } from '../peers/peer-bus.js';
import type { QueuedRun } from '../store/ports.js';

const queuedRunSchema = z.object({
  runId: runIdSchema,
  lane: z.object({
    requirementClass: z.string().max(1000),
    band: bandSchema,
    tenant: tenantSchema,
  }),
  requirement: requirementSchema,
  partners: z.array(requirementSchema).max(MAX_PARTNERS).exactOptional(),
  avoid: z.array(boardSerialSchema).max(50).exactOptional(),
  healthCheck: z.boolean().exactOptional(),
  createdMs: z.number(),
});
const addedSchema = z.array(queuedRunSchema).max(1000);
const takenSchema = z.object({ lane: z.string().max(2000), runId: runIdSchema });

/** Tells the other controllers where work arrived. */
export function announceAdded(peers: PeerBus, runs: readonly QueuedRun[]): void {
  peers.send('queue.added', runs);
}

/** Keeps the other controllers' picture of a lane close to the truth. */
export function announceTaken(peers: PeerBus, lane: string, runId: string): void {
  peers.send('queue.taken', { lane, runId });
}

export function hearPeers(
  peers: PeerBus,
  on: {
    added: (runs: readonly QueuedRun[]) => void;
    taken: (lane: string, runIds: readonly string[]) => void;
  },
): void {
  peers.on('queue.added', addedSchema, on.added);
  peers.on('queue.taken', takenSchema, ({ lane, runId }) => on.taken(lane, [runId]));
}
