import type { EndReason, HostTest } from '@greenrack/farm-protocol';
import type { GreenteaParts } from './greentea-parts.js';
import { HostTestSeat } from './host-test-seat.js';
import type { Judgement } from './verdict-rules.js';

/** Where the outcome of a host test goes. */
export interface SeatOutcome {
  decided(judgement: Judgement): void;
  /** The farm's part failed. */
  failed(reason: EndReason, message: string): void;
}

/** Gives a host test its place in a run, with the parts that it works with. */
export function seatOf(test: HostTest, parts: GreenteaParts, outcome: SeatOutcome): HostTestSeat {
  const { options, side } = parts;
  return new HostTestSeat(test, {
    clock: options.clock,
    port: parts.port,
    writer: parts.writer,
    outlet: parts.outlet,
    reboots: parts.restarts.watch,
    resync: parts.resync,
    echo: parts.echo,
    config: {
      target: options.target ?? 'unknown',
      resetDelayMs: options.timing.resetDelayMs ?? 0,
    },
    instruments: options.instruments,
    expectCrash: () => side.crash.expect(),
    tally: () => parts.cases.tally,
    leftMs: () => parts.budget.leftMs,
    damage: () => side.damage.evidence,
    damaged: (key, value) => side.damage.unreadable(key, value),
    decided: (judgement) => outcome.decided(judgement),
    failed: (reason, message) => outcome.failed(reason, message),
  });
}
