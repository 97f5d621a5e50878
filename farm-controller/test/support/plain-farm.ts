import type { BoardSpec, Requirement } from '@greenrack/farm-protocol';

/** A plain board of these tests. */
export function board(serial: string, more: Partial<BoardSpec> = {}): BoardSpec {
  return {
    serial,
    target: 'K64F',
    model: 'k64f',
    tags: [],
    fixtures: [],
    wiring: { driver: 'qemu', params: {} },
    ...more,
  };
}

/** What a plain run needs. */
export function need(more: Partial<Requirement> = {}): Requirement {
  return { target: 'K64F', fixtures: [], tags: [], ...more };
}
