import { afterEach, describe, expect, it } from '@jest/globals';
import {
  burst,
  ramp,
  spikes,
  square,
  sumUa,
  type Waveform,
} from '../../../e2e/src/emulators/waveform.js';
import type { MeterPart } from '../../src/contracts/power-meter.js';
import { SampleRecord } from '../support/sample-record.js';

export interface MeterRig {
  readonly meter: MeterPart;
  /** Takes the instrument away. */
  unplug(): Promise<void>;
  close(): Promise<void>;
}

/** What the instrument can do at its best. */
export interface MeterTraits {
  readonly samples: number;
  /** Largest error of a charge. */
  readonly tolerance: number;
  readonly hasLines: boolean;
}

const wanted = new AbortController().signal;

/** What every power meter promises. */
export function itIsAPowerMeter(
  name: string,
  { samples, tolerance, hasLines }: MeterTraits,
  makeRig: (waveform: Waveform) => Promise<MeterRig>,
): void {
  describe(`${name} as a power meter`, () => {
    let rig: MeterRig | undefined;
    afterEach(async () => {
      await rig?.meter.dispose?.();
      await rig?.close();
      rig = undefined;
    });

    async function record(waveform: Waveform): Promise<SampleRecord> {
      rig = await makeRig(waveform);
      const heard = new SampleRecord();
      await rig.meter.start(() => heard, wanted);
      // The newest two are held back until it ends.
      await heard.reaches(waveform.samples - 2);
      await rig.meter.stop();
      return heard;
    }

    it.each([
      ['a square wave', square(samples, samples / 20, [100, 8000])],
      ['a ramp over all ranges', ramp(samples, 1, 200_000)],
      ['bursts over sleep', burst(samples, samples / 10, samples / 100)],
      ['a sleep floor with spikes of one sample', spikes(samples, samples / 50, [3, 9000])],
    ])('measures the charge of %s', async (_, waveform) => {
      const heard = await record(waveform);
      expect(heard.gaps).toEqual([]);
      expect(heard.currentUa.length).toBe(waveform.samples);
      expect(Math.abs(heard.sumUa / sumUa(waveform) - 1)).toBeLessThan(tolerance);
    });

    if (hasLines)
      it('has the edges of its lines at the sample where they are', async () => {
        const half = samples / 40;
        const heard = await record(square(samples, 2 * half, [100, 8000]));
        expect(heard.edges(0)).toEqual(Array.from({ length: 39 }, (_, i) => (i + 1) * half));
      });

    it('measures again after it was stopped', async () => {
      const waveform = square(samples, samples / 20, [100, 8000]);
      await record(waveform);
      const again = new SampleRecord();
      await rig?.meter.start(() => again, wanted);
      await again.reaches(samples - 2);
      await rig?.meter.stop();
      expect(Math.abs(again.sumUa / sumUa(waveform) - 1)).toBeLessThan(tolerance);
    });

    it('says nothing any more once it was stopped', async () => {
      const heard = await record(square(samples, samples / 20, [100, 8000]));
      await rig?.unplug();
      expect(heard.lostWith).toBeUndefined();
    });

    it('is looked at', async () => {
      rig = await makeRig(square(samples, samples / 20, [100, 8000]));
      expect(await rig.meter.check(wanted)).toMatch(/\S/);
    });

    it('tells that it is gone, and what to do', async () => {
      rig = await makeRig(square(samples, samples / 20, [100, 8000]));
      const heard = new SampleRecord();
      await rig.meter.start(() => heard, wanted);
      await rig.unplug();
      await heard.isLost();
      expect(heard.lostWith).toMatch(/\. [A-Z].*\.$/s);
    });

    it('does not begin without its instrument', async () => {
      rig = await makeRig(square(samples, samples / 20, [100, 8000]));
      await rig.unplug();
      await expect(rig.meter.start(() => new SampleRecord(), wanted)).rejects.toMatchObject({
        name: 'RunFault',
        reason: 'meterFailed',
        message: expect.stringMatching(/\. [A-Z].*\.$/s),
      });
    });
  });
}
