import { describe, expect, it } from '@jest/globals';
import { boardTiming } from '../src/board-timing.js';

describe('the timing of a board', () => {
  it('comes from the Mbed target table', () => {
    expect(boardTiming({ target: 'ARM_MUSCA_B1' }, {})).toEqual({ resetDelayMs: 20_000 });
    expect(boardTiming({ target: 'NRF52_DK' }, {})).toEqual({ writePaceUsPerByte: 1000 });
  });

  it('is overruled by the model, and that by the board', () => {
    const model = { target: 'NU_M2354', timing: { syncTimeoutMs: 4000, syncTries: 2 } };
    expect(boardTiming(model, { timing: { syncTries: 5, resetDelayMs: 100 } })).toEqual({
      resetDelayMs: 100,
      syncTimeoutMs: 4000,
      syncTries: 5,
    });
  });

  it('is left to the driver where nobody says anything', () => {
    expect(boardTiming({ target: 'FVP_MPS2_M3' }, {})).toBeUndefined();
  });
});
