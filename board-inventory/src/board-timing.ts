import type { BoardTiming } from '@greenrack/farm-protocol';
import { mbedTargets } from './mbed-targets.js';
import type { BoardModel, RackBoard } from './schema.js';

/** How a board wants to be talked to: the Mbed target table, overruled by its model, overruled by its own entry. */
export function boardTiming(
  model: Pick<BoardModel, 'target' | 'timing'>,
  board: Pick<RackBoard, 'timing'>,
): BoardTiming | undefined {
  const timing = { ...ofTarget(model.target), ...model.timing, ...board.timing };
  return Object.keys(timing).length > 0 ? timing : undefined;
}

function ofTarget(name: string): BoardTiming {
  const { resetDelayMs, writePaceUsPerByte } = mbedTargets().get(name) ?? {};
  return {
    ...(resetDelayMs !== undefined && { resetDelayMs }),
    ...(writePaceUsPerByte !== undefined && { writePaceUsPerByte }),
  };
}
