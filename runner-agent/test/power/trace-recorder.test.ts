import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { TraceReader } from '@greenrack/farm-model';
import type { MeterInfo } from '@greenrack/farm-protocol';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Ppk2Emulator } from '../../../e2e/src/emulators/ppk2-emulator.js';
import { burst, sumUa } from '../../../e2e/src/emulators/waveform.js';
import type { MeterListener } from '../../src/contracts/power-meter.js';
import { Ppk2Meter } from '../../src/drivers/power-meter/ppk2-meter.js';
import { TraceRecorder } from '../../src/power/trace-recorder.js';

const wanted = new AbortController().signal;
const waveform = burst(150_000, 10_000, 400);

describe('a recorded measurement', () => {
  let dir: string;
  beforeAll(() => {
    dir = mkdtempSync(join(tmpdir(), 'greenrack-trace-'));
  });
  afterAll(() => rmSync(dir, { recursive: true, force: true }));

  it('has on disk what the instrument saw, and where something is missing', async () => {
    const faults = [{ kind: 'dropWords' as const, at: 90_005, count: 7 }];
    const ppk = await Ppk2Emulator.start({ waveform, faults });
    const meter = new Ppk2Meter({ path: ppk.path, mode: 'source', supplyMv: 3300 });
    const path = join(dir, 'one.trace');
    // The instrument sends as fast as it is read: its own time is what has passed.
    const recorder = await TraceRecorder.create({ path, nowMs: () => ppk.sentSamples / 100 });
    const full = new Promise<void>((resolve) => {
      const begin = (info: MeterInfo): MeterListener => {
        recorder.begin(info, 1_796_000_000_000);
        return {
          samples: (block) => {
            recorder.samples(block);
            if (recorder.position >= waveform.samples - 2) resolve();
          },
          gap: (gap) => recorder.gap(gap),
          lost: (message) => recorder.lost(message),
        };
      };
      void meter.start(begin, wanted);
    });
    await full;
    await meter.stop();
    const { footer, ...seal } = (await recorder.end()) ?? {};
    await meter.dispose();
    await ppk.close();
    expect(footer).toMatchObject({ samples: waveform.samples, missing: 10, faults: [] });
    expect(footer?.gaps).toEqual([{ first: 90_003, count: 10, cause: 'the counter jumped' }]);
    const bytes = new Uint8Array(readFileSync(path));
    const sha256 = createHash('sha256').update(bytes).digest('hex');
    expect(seal).toEqual({ bytes: bytes.length, sha256 });
    const trace = await TraceReader.open({
      size: bytes.length,
      read: async (at, length) => bytes.slice(at, at + length),
    });
    const found = await trace.sum({ from: 0, to: 90_000 });
    const wave = { samples: 90_000, at: waveform.at };
    expect(Math.abs(found.sumUa / sumUa(wave) - 1)).toBeLessThan(0.001);
    expect(trace.header.meter.supply).toEqual({ mv: 3300, basis: 'set' });
  });
});
