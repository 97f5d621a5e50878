import { tmpdir } from 'node:os';
import { afterEach, describe, expect, it } from '@jest/globals';
import {
  Lpm01aEmulator,
  type Lpm01aFault,
  type Lpm01aOptions,
} from '../../../e2e/src/emulators/lpm01a-emulator.js';
import { square } from '../../../e2e/src/emulators/waveform.js';
import { maker } from '../../src/drivers/power-meter/lpm01a-meter.js';
import { boardSpec } from '../support/assignments.js';
import { SampleRecord } from '../support/sample-record.js';

const SAMPLES = 20_000;
const waveform = square(SAMPLES, 400, [100, 8000]);
const wanted = new AbortController().signal;

describe('an LPM01A with a fault', () => {
  let shield: Lpm01aEmulator | undefined;
  let meter: ReturnType<typeof maker.create> | undefined;
  afterEach(async () => {
    await meter?.dispose?.();
    await shield?.close();
  });

  async function begin(options: Omit<Lpm01aOptions, 'waveform'>): Promise<SampleRecord> {
    shield = await Lpm01aEmulator.start({ waveform, ...options });
    const context = { where: 'board b: meter', board: boardSpec('b'), workDir: tmpdir() };
    meter = maker.create({ path: shield.path, supplyMv: 3300 }, context);
    const heard = new SampleRecord();
    await meter.start(() => heard, wanted);
    return heard;
  }

  it.each<[string, Lpm01aFault, number]>([
    ['a byte that was lost', { block: 7, kind: 'dropBytes', count: 1 }, 1000],
    ['an even number of bytes that were lost', { block: 7, kind: 'dropBytes', count: 30 }, 1000],
    ['a whole block that was lost, with its timestamp', { block: 7, kind: 'dropBlock' }, 1000],
  ])('records %s as a gap and goes on in time', async (_, fault, lost) => {
    const heard = await begin({ faults: [fault] });
    await heard.reaches(SAMPLES);
    expect(heard.gaps).toEqual([{ first: 7000, count: lost, cause: expect.any(String) }]);
    for (const [i, ua] of heard.currentUa.entries())
      if (Number.isNaN(ua)) expect(Math.floor(i / 1000)).toBe(7);
      else if (Math.abs(ua - waveform.at(i).currentUa) > 30) throw new Error(`sample ${i}: ${ua}`);
  });

  it.each<[Lpm01aFault['kind'], RegExp]>([
    ['overcurrent', /overcurrent/],
    ['silence', /no sample within/],
  ])('is lost after %s, and says so', async (kind, message) => {
    const heard = await begin({ faults: [{ block: 3, kind }] });
    await heard.isLost();
    expect(heard.lostWith).toMatch(message);
    expect(heard.currentUa).toHaveLength(3000);
  });

  it('does not begin when it refuses a command', async () => {
    await expect(begin({ refuses: true })).rejects.toMatchObject({
      reason: 'meterFailed',
      message: expect.stringContaining("to 'version' it says"),
    });
  });
});
