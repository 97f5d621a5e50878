import {
  type AgentToController,
  type Assignment,
  type AttemptOrder,
  type BoardSpec,
  type ControllerToAgent,
  MAX_ORDERS,
  MAX_RACK_BOARDS,
  type Welcome,
} from '@greenrack/farm-protocol';

/** Everything that a controller sends to an agent: orders, and answers to the agent's own messages. */
export type LinkInput = keyof ControllerToAgent | `answer to ${keyof AgentToController}`;

/** As much for each of so many boards as fits into the file of a rack, which holds 1 MiB. */
const BOARD_PARAM_CHARS = 40;
/** Of those; each makes a journal on disk. */
const STARTS = 50;
const id = (prefix: string, n: number) => `${prefix}_${String(n).padStart(23, '0')}`;
const many = <T>(count: number, make: (n: number) => T): T[] =>
  Array.from({ length: count }, (_, n) => make(n));

/** Expressions as dear as an agent takes. */
const dearLines = many(200, (n) => `/(.{1,40}a){3}[a-z]{0,30}${n}$/`);

function largeBoard(n: number): BoardSpec {
  const fields = many(16, (i) => [`parameter-${i}`, 'x'.repeat(BOARD_PARAM_CHARS)] as const);
  return {
    serial: `large-board-${n}`,
    target: 'FVP_MPS2_M3',
    model: 'm'.repeat(64),
    tags: many(32, (i) => `tag-${i}-of-board-${n}`),
    fixtures: many(32, (i) => `fixture${i}:parameter-${n}`),
    wiring: { driver: 'usb', params: Object.fromEntries(fields) },
    detectCodes: many(32, (i) => i.toString(16).padStart(4, '0')),
  };
}

/** An order to run what the agent does not have, on a board that cannot be had. */
export function largeAssignment(n: number): Assignment {
  return {
    attemptId: id('att', n),
    runId: id('run', n),
    runName: 'r'.repeat(120),
    attemptNumber: 1,
    leaseId: id('lea', n),
    fence: 1,
    leaseTtlMs: 30_000,
    board: largeBoard(n),
    image: { sha256: '0'.repeat(64), sizeBytes: 1, name: `${'i'.repeat(100)}.hex`, format: 'hex' },
    timeoutMs: 10_000,
    compareLog: { lines: dearLines },
    maxConsoleBytes: 1024,
  };
}

function order(n: number): AttemptOrder {
  const attemptId = id('att', 10_000 + n);
  const acked = { ackedSeq: Number.MAX_SAFE_INTEGER, ackedConsoleBytes: Number.MAX_SAFE_INTEGER };
  if (n < STARTS) return { order: 'start', assignment: largeAssignment(10_000 + n) };
  if (n % 3 === 0) return { order: 'keep', attemptId, ...acked };
  if (n % 3 === 1) return { order: 'cancel', attemptId, ...acked };
  return { order: 'drop', attemptId, why: 'w'.repeat(500) };
}

function largeWelcome(): Welcome {
  return {
    controllerId: 'c'.repeat(64),
    leaseTtlMs: 30_000,
    boards: many(MAX_RACK_BOARDS, largeBoard),
    attempts: many(MAX_ORDERS, order),
  };
}

/** The longest refusal: whatever was asked, a controller may answer so. */
const refusal = { ok: false, code: 'c'.repeat(64), message: 'm'.repeat(10_000) } as const;

/** The message of each kind that gives an agent most to do, among those that the protocol allows. */
export const WORST_LINK_INPUTS = {
  assign: () => largeAssignment(1),
  cancel: () => ({ attemptId: id('att', 99_999), why: 'w'.repeat(500) }),
  present: () => undefined,
  'answer to hello': largeWelcome,
  'answer to boards': () => refusal,
  'answer to events': () => ({ ok: true, ackedSeq: Number.MAX_SAFE_INTEGER }),
  'answer to console': () => ({ ok: true, ackedConsoleBytes: Number.MAX_SAFE_INTEGER }),
  'answer to renew': () => ({ ok: true, lost: many(4000, (n) => `lea_${n}`.padEnd(64, 'x')) }),
} satisfies Record<LinkInput, () => unknown>;
