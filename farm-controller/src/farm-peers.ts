import { attemptIdSchema } from '@greenrack/farm-protocol';
import { z } from 'zod';
import type { FarmEvents } from './farm-events.js';
import type { PeerBus } from './peers/peer-bus.js';

const freedSchema = z.object({ boards: z.array(z.string()).max(5000) });
const hereSchema = z.object({ agent: z.string() });
const cancelSchema = z.object({ agent: z.string(), attemptId: attemptIdSchema });

/** What the other controllers tell this one, as events of the farm. */
export function hearPeers(orders: PeerBus, on: FarmEvents): void {
  orders.on('board.freed', freedSchema, ({ boards }) => on.boardsFreed(boards));
  orders.on('agent.here', hereSchema, ({ agent }) => on.agentMoved(agent));
  orders.on('attempt.cancel', cancelSchema, (order) => on.cancelAsked(order));
  orders.onGap(() => on.contactRegained());
}
