import type { Flake } from '@greenrack/farm-protocol';
import { describe, expect, it } from '@jest/globals';
import { gatherings, quarantineOf, tellingFlakes } from '../src/model/flake-list.js';

function flake(caseName: string | null, failures: number, extra: Partial<Flake> = {}): Flake {
  return {
    ...{ target: 'K64F', imageName: 'udp.elf', caseName, images: 1, clusters: [], lastMs: 0 },
    ...{ failures, runs: 10, rate: failures / 10, low: 0.1, high: 0.5, ...extra },
  };
}
const share = { failures: 3, runs: 4, rate: 0.75, low: 0.4, high: 0.9 };

describe('the list of flakes', () => {
  it('leaves out an image that a case of it explains', () => {
    const sameCase = flake('one datagram', 3);
    expect(tellingFlakes([flake(null, 3), sameCase])).toEqual([sameCase]);
    expect(tellingFlakes([flake(null, 4), sameCase])).toHaveLength(2);
    expect(tellingFlakes([flake(null, 3), flake('x', 3, { target: 'K66F' })])).toHaveLength(2);
  });

  it('says where several gather', () => {
    const here = { by: 'board' as const, value: 'b1', ...share };
    const wired = { by: 'fixture' as const, value: 'ethernet', ...share };
    const flakes = [
      flake('a', 1, { clusters: [wired] }),
      flake('b', 1, { clusters: [here, wired] }),
    ];
    expect(gatherings(flakes)).toEqual([
      { by: 'fixture', value: 'ethernet', flakes: 2 },
      { by: 'board', value: 'b1', flakes: 1 },
    ]);
  });

  it('knows a case in quarantine by its target', () => {
    const entry = {
      ...{ id: 'qrt_00000000000000000000001', tenant: 'a', case: 'a', reason: 'r', owner: 'o' },
      ...{ createdMs: 0, untilMs: 1 },
    };
    expect(quarantineOf(flake('a', 1), [entry])).toBe(entry);
    expect(quarantineOf(flake('a', 1), [{ ...entry, target: 'K66F' }])).toBeUndefined();
    expect(quarantineOf(flake(null, 1), [entry])).toBeUndefined();
  });
});
