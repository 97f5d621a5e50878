import { describe, expect, it } from '@jest/globals';
import type { CoreActivity, OutputEdge } from '../../src/contracts/board-part.js';
import { QemuOutputs } from '../../src/drivers/board/qemu-outputs.js';
import { CoreProbe } from '../../src/drivers/virtual-meter/core-probe.js';
import { currentUa } from '../../src/drivers/virtual-meter/power-model.js';

const MODEL = {
  runUa: 8000,
  sleepUa: 900,
  deepSleep: { line: 7, ua: 5 },
  peripherals: [{ name: 'radio', line: 2, addUa: 12_000 }],
};

describe('the model of what a virtual board takes', () => {
  it.each([
    ['running', 1, 0, 8000],
    ['waiting', 0, 0, 900],
    ['half awake', 0.5, 0, 4450],
    ['deep asleep', 0, 0x80, 5],
    ['awake, whatever the line of its sleep says', 1, 0x80, 8000],
    ['sending while it waits', 0, 4, 12_900],
  ])('says what one takes that is %s', (_, awake, lines, ua) => {
    expect(currentUa(MODEL, awake, lines)).toBe(ua);
  });
});

describe('a virtual probe', () => {
  /** A core that is awake for a share of each ms, and whose edges are heard when the test says so. */
  function probe(awakeNs: () => Promise<number>) {
    let edges: OutputEdge[] = [];
    const core: CoreActivity = {
      awakeNs,
      takeEdges: () => edges.splice(0),
    };
    const own = new CoreProbe({ ...MODEL, sleepUa: 0 }, core);
    own.begin();
    const beganMs = Date.now();
    const hear = (...heard: [number, number][]) => {
      edges = heard.map(([afterMs, lines]) => ({ atMs: beganMs + afterMs, lines }));
    };
    return { own, hear };
  }

  it('shows an edge that is ahead when its time has come', () => {
    const { own, hear } = probe(async () => 0);
    hear([15, 1]);
    expect(own.next(1000).map(({ lines }) => lines)).toEqual([0]);
    const spans = own.next(1000);
    expect(spans.map(({ lines }) => lines)).toEqual([0, 1]);
    expect(spans.reduce((sum, { samples }) => sum + samples, 0)).toBe(1000);
  });

  it('loses no pulse that is heard too late', () => {
    const { own, hear } = probe(async () => 0);
    own.next(3000);
    hear([5, 1], [8, 0]);
    const spans = own.next(1000).filter(({ lines }) => lines === 1);
    expect(spans.map(({ samples }) => samples)).toEqual([300]);
  });

  it('shows all the time that the core was awake, however late it hears of it', async () => {
    const now = [7e6, 7e6, 27e6];
    const { own } = probe(async () => now.shift() ?? 27e6);
    let awakeMs = 0;
    for (let i = 0; i < 40; i++) {
      await new Promise(setImmediate);
      for (const { samples, currentUa } of own.next(500))
        awakeMs += (currentUa / 8000) * (samples / 100);
    }
    expect(awakeMs).toBeCloseTo(20, 6);
  });
});

describe('the trace of an emulator', () => {
  it('is taken out of its messages, however it is cut', () => {
    const text =
      '15950@1796051407.849466:mps2_fpgaio_write MPS2 FPGAIO write: offset 0x0 data 0x3 size 4\n' +
      'qemu: a message\n' +
      '15950@1796051407.900000:mps2_fpgaio_write MPS2 FPGAIO write: offset 0x4c data 0xffffffff size 4\n' +
      '15950@1796051408.000001:mps2_fpgaio_reset MPS2 FPGAIO: reset\n' +
      '15950@1796051409.000001:mps2_fpgaio_write MPS2 FPGAIO write: offset 0x18 data 0x1 size 4\n';
    const outputs = new QemuOutputs();
    const said = [...text].map((letter) => outputs.take(letter)).join('');
    expect(said).toBe('qemu: a message\n');
    expect(outputs.takeEdges()).toEqual([
      { atMs: 1796051407849.466, lines: 0x03 },
      { atMs: 1796051407900, lines: 0xff },
      { atMs: 1796051408000.001, lines: 0 },
    ]);
    expect(outputs.takeEdges()).toEqual([]);
  });
});
