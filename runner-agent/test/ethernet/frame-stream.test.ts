import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { FrameSplitter, withLength } from '../../src/ethernet/frame-stream.js';

describe('frames on a stream', () => {
  it('come out as they went in, wherever the stream is cut', () => {
    const someFrames = fc.array(fc.uint8Array({ maxLength: 200 }), { maxLength: 12 });
    const someCuts = fc.array(fc.nat(400), { minLength: 1, maxLength: 8 });
    fc.assert(
      fc.property(someFrames, someCuts, (frames, cuts) => {
        const splitter = new FrameSplitter();
        let rest = Buffer.concat(frames.map(withLength));
        const seen: Buffer[] = [];
        for (let i = 0; rest.length > 0; i++) {
          const size = Math.max(1, cuts[i % cuts.length] ?? 1);
          seen.push(...splitter.push(rest.subarray(0, size)));
          rest = rest.subarray(size);
        }
        expect(seen.map((frame) => [...frame])).toEqual(frames.map((frame) => [...frame]));
      }),
    );
  });

  it('are refused when the stream announces what no network has', () => {
    const announced = Buffer.from([0x7f, 0xff, 0xff, 0xff]);
    expect(() => new FrameSplitter().push(announced)).toThrow(/2147483647 bytes was announced/);
  });
});
