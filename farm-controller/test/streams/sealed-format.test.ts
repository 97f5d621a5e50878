import { buffer } from 'node:stream/consumers';
import { gunzipSync, gzipSync } from 'node:zlib';
import type { AttemptEvent } from '@greenrack/farm-protocol';
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { eventLine, sealedEvents } from '../../src/streams/sealed-events.js';
import {
  BLOCK_BYTES,
  readIndex,
  sealedBytes,
  unpackBlock,
} from '../../src/streams/sealed-format.js';
import { SealedStream } from '../../src/streams/sealed-stream.js';

/** An artifact store with one file, which counts what is read of it. */
class OneFile {
  bytesRead = 0;
  constructor(readonly file: Buffer) {}

  async *read(_key: string, { from = 0, to = this.file.length } = {}): AsyncGenerator<Uint8Array> {
    for (let at = from; at < to; at += 1000) {
      const piece = this.file.subarray(at, Math.min(to, at + 1000));
      this.bytesRead += piece.length;
      yield piece;
    }
  }

  open(): Promise<SealedStream> {
    return SealedStream.open(this, 'key', this.file.length);
  }
}

async function* cut(bytes: Uint8Array, size: number): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

const sealed = async (bytes: Uint8Array, size = 70_000) =>
  new OneFile(await buffer(sealedBytes(cut(bytes, size))));

/** Lines of digits: they shrink, and every place differs from every other. */
const text = (bytes: number) =>
  Buffer.from(
    Array.from({ length: bytes / 8 }, (_, i) => `${String(i).padStart(7, '0')}\n`).join(''),
  );

describe('a sealed stream', () => {
  it('is unpacked by any gzip tool', async () => {
    const bytes = text(1_000_000);
    const { file } = await sealed(bytes);
    expect(gunzipSync(file).equals(bytes)).toBe(true);
    expect(file.length).toBeLessThan(bytes.length / 2);
  });

  it('gives back what was put in from any byte on, however it came', async () => {
    const bytes = text(2 * BLOCK_BYTES + 80_000);
    const edges = [0, 1, BLOCK_BYTES - 1, BLOCK_BYTES, BLOCK_BYTES + 1, bytes.length - 1];
    await fc.assert(
      fc.asyncProperty(
        fc.oneof(fc.constantFrom(...edges), fc.nat(bytes.length + 10)),
        fc.integer({ min: 1000, max: 600_000 }),
        fc.constantFrom(0, 8, BLOCK_BYTES, bytes.length),
        async (offset, size, length) => {
          const part = bytes.subarray(0, length);
          const stream = await (await sealed(part, size)).open();
          expect((await buffer(stream.read(offset))).equals(part.subarray(offset))).toBe(true);
        },
      ),
      { numRuns: 40 },
    );
  });

  it('is read in the middle without the rest', async () => {
    const one = await sealed(text(64 * BLOCK_BYTES));
    const stream = await one.open();
    one.bytesRead = 0;
    const reader = stream.read(40 * BLOCK_BYTES + 16);
    const { value } = await reader.next();
    await reader.return();
    const first = String((40 * BLOCK_BYTES + 16) / 8).padStart(7, '0');
    expect(Buffer.from(value ?? []).toString('latin1', 0, 7)).toBe(first);
    expect(one.bytesRead).toBeLessThan(one.file.length / 30);
  });

  it('that is damaged is told from one that is short, and asks for no more memory than a block has', async () => {
    const { file } = await sealed(text(3 * BLOCK_BYTES));
    expect(() => readIndex(file.subarray(0, file.length - 1))).toThrow(RangeError);
    expect(() => readIndex(Buffer.from('short'))).toThrow(RangeError);
    const cutFile = new OneFile(Buffer.concat([file.subarray(0, 100), file.subarray(-60)]));
    await expect(cutFile.open().then((s) => buffer(s.read(0)))).rejects.toThrow();
    const bomb = gzipSync(Buffer.alloc(10 * BLOCK_BYTES));
    await expect(unpackBlock(bomb, { blockBytes: BLOCK_BYTES, packed: [] })).rejects.toThrow();
  });
});

describe('sealed events', () => {
  const event = (seq: number, text: string): AttemptEvent => ({
    ...{ seq, atUs: seq * 10 },
    body: { type: 'note', text },
  });
  const lines = (events: AttemptEvent[]) =>
    Buffer.from(events.map((e) => eventLine(e.seq, e.atUs, JSON.stringify(e.body))).join(''));

  it('are paged from any number on, whatever the length of their lines', async () => {
    const lengths = fc.array(fc.oneof(fc.nat(4000), fc.constant(4000)), {
      minLength: 1,
      maxLength: 400,
    });
    await fc.assert(
      fc.asyncProperty(
        lengths,
        fc.nat(420),
        fc.integer({ min: 1, max: 50 }),
        async (all, after, n) => {
          const events = all.map((length, i) => event(i + 1, 'ä'.repeat(length)));
          const stream = await (await sealed(lines(events))).open();
          expect(await sealedEvents(stream, after, n)).toEqual(events.slice(after, after + n));
        },
      ),
      { numRuns: 25 },
    );
  });

  it('are found behind a line that is longer than several blocks', async () => {
    const crash = { message: 'x', lines: Array.from({ length: 400 }, () => '€'.repeat(1000)) };
    const long = { seq: 2, atUs: 1, body: { type: 'crash', crash } } as const;
    const events = [event(1, 'a'), long, event(3, 'b'), event(4, 'c')] as AttemptEvent[];
    const stream = await (await sealed(lines(events))).open();
    expect(stream.blocks).toBeGreaterThan(3);
    for (const after of [0, 1, 2, 3])
      expect(await sealedEvents(stream, after, 1)).toEqual(events.slice(after, after + 1));
  });

  it('at the end of a long stream are found without the rest', async () => {
    const events = Array.from({ length: 100_000 }, (_, i) =>
      event(i + 1, `note number ${i * 7919}`),
    );
    const one = await sealed(lines(events));
    const stream = await one.open();
    one.bytesRead = 0;
    expect(await sealedEvents(stream, 99_990, 500)).toEqual(events.slice(99_990));
    expect(one.bytesRead).toBeLessThan(one.file.length / 3);
  });
});
