import { describe, expect, it } from '@jest/globals';
import { nearestNames } from '../src/index.js';

describe('the nearest names', () => {
  it.each([
    ['FVP_MPS2_M4', ['FVP_MPS2_M3', 'K64F'], ['FVP_MPS2_M3']],
    ['k64f', ['K64F', 'K66F', 'NUCLEO_F401RE'], ['K64F', 'K66F']],
    ['blinky.elf', ['blnky.elf', 'sensor.elf'], ['blnky.elf']],
    ['abcdefgh', ['hgfedcba', 'abcdefghijklmnopq'], []],
    ['x'.repeat(5000), ['x'.repeat(5000)], []],
  ])('of %s', (wanted, known, near) => {
    expect(nearestNames(wanted, known, 3)).toEqual(near);
  });

  it('are found behind thousands whose length alone rules them out', () => {
    const long = Array.from({ length: 5000 }, (_, i) => `${'l'.repeat(60)}${i}`);
    expect(nearestNames('K64G', [...long, 'K64F'])).toEqual(['K64F']);
  });
});
