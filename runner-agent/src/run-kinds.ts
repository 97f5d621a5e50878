import { compareLogKind } from './compare-log/compare-log-kind.js';
import { greenteaKind } from './greentea/greentea-kind.js';
import type { RunKind } from './session/run-kind.js';

/** The ways to judge runs. The first that opens a session for an order has it. */
export const RUN_KINDS: readonly RunKind[] = [compareLogKind, greenteaKind];
