import { describe, expect, it } from '@jest/globals';
import { boardLabel, boardLabelOf } from '../src/index.js';

const DAPLINK = '0240000028884e450019700f6bf0000f8021000097969900';

describe('what people read of a board', () => {
  it('is its name', () => {
    expect(boardLabel({ serial: DAPLINK, name: 'k64f-left' })).toBe('k64f-left');
  });

  it('is its serial without a name, and only its ends when that is as long as a probe’s', () => {
    expect(boardLabel({ serial: 'virt-m3-01' })).toBe('virt-m3-01');
    expect(boardLabel({ serial: DAPLINK })).toBe('0240000028884e450019…9900');
  });

  it('tells boards of one lot apart', () => {
    const sibling = DAPLINK.replace('450019', '45001f');
    expect(boardLabel({ serial: sibling })).not.toBe(boardLabel({ serial: DAPLINK }));
  });

  it('is nothing for a run that no board has taken', () => {
    expect(boardLabelOf({ boardSerial: null })).toBe('');
    expect(boardLabelOf({ boardSerial: 'b1', boardName: 'left' })).toBe('left');
  });
});
