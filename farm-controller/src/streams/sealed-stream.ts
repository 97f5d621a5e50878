import type { ArtifactStore, StreamBytes } from '../store/ports.js';
import { mustBeThere } from './byte-range.js';
import { type BlockIndex, MAX_INDEX_BYTES, readIndex, unpackBlock } from './sealed-format.js';

/** Blocks that one reader keeps: what it reads next to each other is unpacked once. */
const KEPT_BLOCKS = 32;

type Artifacts = Pick<ArtifactStore, 'read'>;

/** Key of a sealed stream in the artifact store. */
export function sealedKey({ attemptId, name }: { attemptId: string; name: string }): string {
  return `streams/${attemptId.slice(-2)}/${attemptId}.${name}.gz`;
}

/** A sealed stream in the artifact store, read from any byte without what stands before it. */
export class SealedStream {
  readonly #artifacts: Artifacts;
  readonly #key: string;
  readonly #index: BlockIndex;
  /** Where each block begins; one more at the end. */
  readonly #starts: readonly number[];

  private constructor(artifacts: Artifacts, key: string, index: BlockIndex) {
    this.#artifacts = artifacts;
    this.#key = key;
    this.#index = index;
    const starts = [0];
    for (const bytes of index.packed) starts.push((starts.at(-1) ?? 0) + bytes);
    this.#starts = starts;
  }

  /** @param storedBytes - size of the artifact */
  static async open(artifacts: Artifacts, key: string, storedBytes: number): Promise<SealedStream> {
    const from = Math.max(0, storedBytes - MAX_INDEX_BYTES);
    const tail = await wholeOf(artifacts.read(key, { from, to: storedBytes }));
    return new SealedStream(artifacts, key, readIndex(tail));
  }

  get blocks(): number {
    return this.#index.packed.length;
  }

  /** The bytes from block `first` on, block by block. */
  async *from(first: number): AsyncGenerator<Buffer, void, void> {
    const to = this.#starts.at(-1) ?? 0;
    const from = this.#starts[first] ?? to;
    let pending: Uint8Array[] = [];
    let have = 0;
    let next = first;
    for await (const piece of this.#artifacts.read(this.#key, { from, to })) {
      pending.push(piece);
      have += piece.byteLength;
      let size = this.#index.packed[next];
      if (size === undefined || have < size) continue;
      let all = Buffer.concat(pending);
      for (; size !== undefined && all.length >= size; size = this.#index.packed[++next]) {
        yield await unpackBlock(all.subarray(0, size), this.#index);
        all = all.subarray(size);
      }
      pending = [all];
      have = all.length;
    }
    if (next < this.blocks) throw new RangeError(`${this.#key} ends in the middle of a block`);
  }

  /** The bytes from `offset` on. */
  async *read(offset: number): AsyncGenerator<Uint8Array, void, void> {
    const first = Math.floor(offset / this.#index.blockBytes);
    let skip = offset - first * this.#index.blockBytes;
    for await (const block of this.from(first)) {
      if (block.length > skip) yield block.subarray(skip);
      skip = Math.max(0, skip - block.length);
    }
  }

  /** One block. */
  async block(i: number): Promise<Buffer> {
    const range = { from: this.#starts[i] ?? 0, to: this.#starts[i + 1] ?? 0 };
    return unpackBlock(await wholeOf(this.#artifacts.read(this.#key, range)), this.#index);
  }

  /** All of it at any place. What is read at the same time is unpacked at the same time. */
  async bytes(): Promise<StreamBytes> {
    const { blockBytes } = this.#index;
    const kept = new Map<number, Promise<Buffer>>();
    const block = (i: number): Promise<Buffer> => {
      const found = kept.get(i) ?? this.block(i);
      kept.delete(i);
      kept.set(i, found);
      found.catch(() => kept.delete(i));
      for (const oldest of kept.keys()) if (kept.size > KEPT_BLOCKS) kept.delete(oldest);
      return found;
    };
    const lastBytes = this.blocks === 0 ? 0 : (await block(this.blocks - 1)).length;
    const size = Math.max(0, this.blocks - 1) * blockBytes + lastBytes;
    const read = async (at: number, length: number): Promise<Uint8Array> => {
      mustBeThere({ at, length, size });
      const part = new Uint8Array(length);
      const first = Math.floor(at / blockBytes);
      const count = Math.ceil((at + length) / blockBytes) - first;
      await Promise.all(
        Array.from({ length: count }, async (_, i) => {
          const begin = (first + i) * blockBytes;
          const from = Math.max(at, begin);
          part.set((await block(first + i)).subarray(from - begin, at + length - begin), from - at);
        }),
      );
      return part;
    };
    return { size, read };
  }
}

async function wholeOf(pieces: AsyncIterable<Uint8Array>): Promise<Uint8Array> {
  const all: Uint8Array[] = [];
  for await (const piece of pieces) all.push(piece);
  const [first] = all;
  return first && all.length === 1 ? first : Buffer.concat(all);
}
