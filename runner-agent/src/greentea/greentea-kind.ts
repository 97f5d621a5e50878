import { randomUUID } from 'node:crypto';
import type { BoardTiming } from '@greenrack/farm-protocol';
import type { RunKind, SessionContext } from '../session/run-kind.js';
import { GreenteaSession } from './greentea-session.js';
import type { SessionTiming } from './session-options.js';

/** Budget from the answer to `__sync` until the firmware announces its own, in ms; greentea's default. */
const START_MS = 10_000;

/** Runs whose firmware speaks greentea: all that ask for nothing else. */
export const greenteaKind: RunKind = {
  name: 'greentea',
  open({ order, port, ...context }, emit) {
    const { hostTest, board } = order;
    const options = {
      ...context,
      ...(hostTest === undefined ? {} : { hostTest }),
      timing: timingOf({ order, ...context }),
      newUuid: randomUUID,
      target: board.target,
      fixtures: board.fixtures,
    };
    return new GreenteaSession(options, port, emit);
  },
};

/** The run's own wishes overrule the inventory's, and those the driver's. */
function timingOf({
  order,
  traits,
  runTimeoutMs,
}: Pick<SessionContext, 'order' | 'traits' | 'runTimeoutMs'>): SessionTiming {
  const said = { ...given(order.board.timing), ...given(order.timing) };
  return { ...traits, ...said, startTimeoutMs: START_MS, runTimeoutMs };
}

/** Fields without a value overrule nothing. */
function given(timing: BoardTiming = {}): Partial<SessionTiming> {
  return Object.fromEntries(Object.entries(timing).filter(([, value]) => value !== undefined));
}
