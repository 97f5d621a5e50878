import { tmpdir } from 'node:os';
import { afterEach, describe, expect, it } from '@jest/globals';
import {
  Ppk2Emulator,
  type Ppk2Fault,
  type Ppk2Options,
} from '../../../e2e/src/emulators/ppk2-emulator.js';
import { square } from '../../../e2e/src/emulators/waveform.js';
import { maker } from '../../src/drivers/power-meter/ppk2-meter.js';
import { boardSpec } from '../support/assignments.js';
import { SampleRecord } from '../support/sample-record.js';

const SAMPLES = 20_000;
const AT = 7001;
const waveform = square(SAMPLES, 400, [100, 8000]);
const wanted = new AbortController().signal;

describe('a PPK2 with a fault', () => {
  let ppk: Ppk2Emulator | undefined;
  let meter: ReturnType<typeof maker.create> | undefined;
  afterEach(async () => {
    await meter?.dispose?.();
    await ppk?.close();
  });

  async function plug(options: Omit<Ppk2Options, 'waveform'>) {
    ppk = await Ppk2Emulator.start({ waveform, ...options });
    const context = { where: 'board b: meter', board: boardSpec('b'), workDir: tmpdir() };
    meter = maker.create({ path: ppk.path, supplyMv: 3300 }, context);
    return meter;
  }

  async function record(
    options: Omit<Ppk2Options, 'waveform'>,
    expected = SAMPLES,
  ): Promise<SampleRecord> {
    const heard = new SampleRecord();
    const plugged = await plug(options);
    await plugged.start(() => heard, wanted);
    await heard.reaches(expected - 2);
    await plugged.stop();
    return heard;
  }

  /** Every sample is what the waveform has at its place, or missing. Answers how many are missing. */
  function missing({ currentUa, digital }: SampleRecord, shift = 0): number {
    for (const [i, value] of currentUa.entries()) {
      if (Number.isNaN(value)) continue;
      const { currentUa: wantedUa, lines } = waveform.at(i > AT ? i - shift : i);
      if (Math.abs(value - wantedUa) > 60 || digital[i] !== lines)
        throw new Error(`sample ${i}: ${value} µA, D ${digital[i]}, for ${wantedUa}, D ${lines}`);
    }
    return currentUa.filter((value) => Number.isNaN(value)).length;
  }

  it.each<[string, Ppk2Fault['kind'], number, number]>([
    ['a word that was lost', 'dropWords', 1, 4],
    ['63 words that were lost', 'dropWords', 63, 66],
    ['one byte that was lost', 'dropBytes', 1, 4],
    ['three bytes that were lost', 'dropBytes', 3, 4],
    ['seven bytes that were lost', 'dropBytes', 7, 5],
    ['250 bytes that were lost', 'dropBytes', 250, 66],
    ['a word whose counter is wrong', 'badCounter', 1, 1],
    ['words of ranges that do not exist', 'invalidRange', 3, 3],
  ])('records %s as a gap and goes on in time', async (_, kind, count, lost) => {
    const heard = await record({ faults: [{ kind, count, at: AT }] });
    expect(missing(heard)).toBe(lost);
    expect(heard.currentUa).toHaveLength(SAMPLES);
    if (kind === 'invalidRange') expect(heard.gaps).toEqual([]);
    else
      expect(heard.gaps).toEqual([
        { first: expect.any(Number), count: lost, cause: expect.any(String) },
      ]);
  });

  it('leaves out bytes that are no samples', async () => {
    const heard = await record({ faults: [{ kind: 'garbage', count: 9, at: AT }] });
    expect(missing(heard)).toBe(3);
    expect(heard.currentUa).toHaveLength(SAMPLES);
  });

  it('believes a counter that jumped: so many samples are missing', async () => {
    const heard = await record(
      { faults: [{ kind: 'counterJump', count: 5, at: AT }] },
      SAMPLES + 5,
    );
    expect(heard.gaps).toEqual([{ first: AT - 2, count: 8, cause: 'the counter jumped' }]);
    expect(missing(heard, 5)).toBe(8);
  });

  it('measures the same while the range flaps', async () => {
    const heard = await record({ faults: [{ kind: 'rangeFlap', count: 40, at: 7250 }] });
    expect(missing(heard)).toBe(0);
  });

  it('is read byte by byte', async () => {
    const heard = await record({ writeBytes: 1, faults: [{ kind: 'dropBytes', at: AT }] });
    expect(missing(heard)).toBe(4);
  });

  it('knows nothing of a stream from before', async () => {
    const heard = await record({ staleWords: 4353 });
    expect(missing(heard)).toBe(0);
    expect(heard.gaps).toEqual([]);
  });

  it('is asked again when its answer breaks off', async () => {
    const heard = await record({ truncatedAnswers: 1 });
    expect(missing(heard)).toBe(0);
  });

  it.each([
    ['never ends its answer', { truncatedAnswers: 99 }],
    ['is the debug shell of newer firmware', { isShell: true }],
  ])('does not begin when it %s', async (_, options) => {
    const started = (await plug(options)).start(() => new SampleRecord(), wanted);
    await expect(started).rejects.toMatchObject({
      reason: 'meterFailed',
      message: expect.stringContaining('two ports'),
    });
  });

  it('says which constants it did not get', async () => {
    let faults: readonly string[] = [];
    const plugged = await plug({ metadata: 'R0: -nan\nUG1: 1.0\nEND\n' });
    await plugged.start((meter) => {
      faults = meter.faults;
      return new SampleRecord();
    }, wanted);
    expect(faults.join()).toMatch(/constants are missing: R0, R1, .*O3/);
  });

  it('is lost when it is unplugged while it measures', async () => {
    const heard = new SampleRecord();
    await (await plug({ faults: [{ kind: 'disconnect', at: AT }] })).start(() => heard, wanted);
    await heard.isLost();
    expect(missing(heard)).toBe(0);
    expect(heard.lostWith).toMatch(/Check its cable/);
  });

  it('is lost when it says nothing any more', async () => {
    const heard = new SampleRecord();
    await (await plug({ faults: [{ kind: 'silence', at: AT }] })).start(() => heard, wanted);
    await heard.isLost();
    expect(heard.lostWith).toMatch(/no sample within/);
  });
});
