import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { PowerPart } from '../../src/contracts/board-part.js';

export interface PowerRig {
  readonly power: PowerPart;
  /** Whether the emulated device feeds the board now. */
  isOn(): boolean;
  /** From now on the device does not do what it is told, or is gone. */
  breakDown(): void | Promise<void>;
  close(): Promise<void>;
}

const wanted = new AbortController().signal;

/** What every power switch promises. */
export function itIsAPowerSwitch(name: string, makeRig: () => Promise<PowerRig>): void {
  describe(`${name} as a power switch`, () => {
    let rig: PowerRig;
    beforeEach(async () => {
      rig = await makeRig();
    });
    afterEach(async () => await rig.close());

    it('feeds the board, cuts it, and feeds it again', async () => {
      await rig.power.on(wanted);
      expect(rig.isOn()).toBe(true);
      await rig.power.off();
      expect(rig.isOn()).toBe(false);
      await rig.power.on(wanted);
      expect(rig.isOn()).toBe(true);
    });

    it('may be told the same twice', async () => {
      await rig.power.on(wanted);
      await rig.power.on(wanted);
      expect(rig.isOn()).toBe(true);
      await rig.power.off();
      await rig.power.off();
      expect(rig.isOn()).toBe(false);
    });

    it('is looked at without being switched', async () => {
      await rig.power.on(wanted);
      expect(await rig.power.check(wanted)).toMatch(/\S/);
      expect(rig.isOn()).toBe(true);
    });

    it('says what to do when it does not obey', async () => {
      await rig.breakDown();
      await expect(rig.power.on(wanted)).rejects.toMatchObject({
        name: 'RunFault',
        reason: 'boardStartFailed',
        message: expect.stringMatching(/\. [A-Z].*\.$/s),
      });
    });

    it('switches nothing for a run that was cancelled', async () => {
      await rig.power.off();
      const cancelled = AbortSignal.abort(new Error('cancelled'));
      await expect(rig.power.on(cancelled)).rejects.toThrow('cancelled');
      expect(rig.isOn()).toBe(false);
    });
  });
}
