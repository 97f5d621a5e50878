import {
  type TraceEnd,
  type TraceFooter,
  type TraceHeader,
  traceEndSchema,
  traceHeaderSchema,
} from '@greenrack/farm-protocol';
import { BUCKET_SAMPLES, Summary } from './summary.js';
import {
  BLOCK_HEAD_BYTES,
  type BlockHead,
  blockHead,
  crc32,
  GROUP_CHUNKS,
  GROUP_HEAD_BYTES,
  MAX_BLOCK_BYTES,
  TAG,
  TRAILER_BYTES,
  TRAILER_MARK,
} from './trace-format.js';
import { bucketsOf, type OverviewGroup, overviewGroups } from './trace-overview.js';
import { levelCount, levelsAbove } from './trace-writer.js';

/** Bytes that can be read at any place: a file, an object in a store. */
export interface ByteSource {
  readonly size: number;
  /** @returns exactly `length` bytes @throws Error when they are not there */
  read(at: number, length: number): Promise<Uint8Array>;
}

/** Chunks that are summed up together. */
export interface TraceGroup {
  readonly firstSample: number;
  readonly samples: number;
  readonly chunkPlaces: ArrayLike<number>;
  /** Buckets `from` … `to` of a level above the smallest, counted from the group's first. */
  level(level: number, from: number, to: number): Promise<Summary>;
}

/** What a trace consists of. */
export interface TraceIndex {
  readonly header: TraceHeader;
  /** Undefined when its writer died. */
  readonly footer: TraceFooter | undefined;
  readonly groups: readonly TraceGroup[];
  readonly samples: number;
}

/** @throws Error that says what is wrong with the bytes */
export async function readIndex(source: ByteSource): Promise<TraceIndex> {
  const head = await headAt(source, 0, TAG.head);
  const header = traceHeaderSchema.parse(await json(source, 0, head));
  const end = await readEnd(source);
  if (!end) return await scan(source, header, BLOCK_HEAD_BYTES + head.bytes);
  const groups = end.overviews
    ? await readOverviews(source, end.overviews, header)
    : await Promise.all(end.groups.map((at) => readGroup(source, at, header)));
  checkOrder(groups, end, header);
  return { header, footer: end.footer, groups, samples: end.footer.samples };
}

/** Only the last group may be short: a place is found by arithmetic. */
function checkOrder(
  groups: readonly TraceGroup[],
  { footer }: TraceEnd,
  header: TraceHeader,
): void {
  const full = GROUP_CHUNKS * header.chunkSamples;
  const isRight = groups.every(
    ({ firstSample, samples }, i) =>
      firstSample === i * full &&
      (samples === full || (samples > 0 && samples < full && i === groups.length - 1)),
  );
  const total = groups.reduce((sum, { samples }) => sum + samples, 0);
  if (!isRight || total !== footer.samples)
    throw new Error('the groups of samples are not in order');
}

async function readEnd(source: ByteSource): Promise<TraceEnd | undefined> {
  if (source.size < TRAILER_BYTES) return undefined;
  const bytes = await source.read(source.size - TRAILER_BYTES, TRAILER_BYTES);
  if (new TextDecoder().decode(bytes.subarray(0, 8)) !== TRAILER_MARK) return undefined;
  const at = new DataView(bytes.buffer, bytes.byteOffset).getFloat64(8, true);
  return traceEndSchema.parse(await json(source, at, await headAt(source, at, TAG.end)));
}

async function payload(
  source: ByteSource,
  at: number,
  { bytes, crc }: BlockHead,
): Promise<Uint8Array> {
  const found = await source.read(at + BLOCK_HEAD_BYTES, bytes);
  if (crc32(found) !== crc) throw new Error(`the block at byte ${at} is damaged`);
  return found;
}

async function json(source: ByteSource, at: number, head: BlockHead): Promise<unknown> {
  return JSON.parse(new TextDecoder().decode(await payload(source, at, head)));
}

export async function headAt(source: ByteSource, at: number, tag: number): Promise<BlockHead> {
  if (!Number.isSafeInteger(at) || at < 0 || at + BLOCK_HEAD_BYTES > source.size)
    throw new Error(`no block at byte ${at} of ${source.size}`);
  const head = blockHead(await source.read(at, BLOCK_HEAD_BYTES));
  if (head.tag !== tag || head.bytes > MAX_BLOCK_BYTES || at + head.bytes > source.size)
    throw new Error(`not the block that belongs to byte ${at}`);
  return head;
}

async function readGroup(source: ByteSource, at: number, header: TraceHeader): Promise<TraceGroup> {
  const { samples } = await headAt(source, at, TAG.group);
  if (samples === 0 || samples > GROUP_CHUNKS * header.chunkSamples)
    throw new Error(`a group of ${samples} samples at byte ${at}`);
  const bytes = aligned(await source.read(at + BLOCK_HEAD_BYTES, GROUP_HEAD_BYTES));
  const numbers = new Float64Array(bytes.buffer, 0, 1 + GROUP_CHUNKS);
  const level = async (wanted: number, from: number, to: number): Promise<Summary> =>
    partOf(await readLevel(source, { place: at, samples }, wanted), from, to);
  return { firstSample: numbers[0] ?? 0, samples, chunkPlaces: numbers.subarray(1), level };
}

async function readLevel(
  source: ByteSource,
  { place, samples }: { place: number; samples: number },
  wanted: number,
): Promise<Summary> {
  let at = place + BLOCK_HEAD_BYTES + GROUP_HEAD_BYTES;
  for (let each = 1; each < wanted; each++) at += Summary.byteLength(bucketsOf(samples, each));
  const length = bucketsOf(samples, wanted);
  return new Summary(length, aligned(await source.read(at, Summary.byteLength(length))));
}

function partOf(whole: Summary | undefined, from: number, to: number): Summary {
  const part = new Summary(to - from);
  if (whole) part.copy(whole, 0, [from, to]);
  return part;
}

async function readOverviews(
  source: ByteSource,
  places: readonly number[],
  { chunkSamples }: TraceHeader,
): Promise<TraceGroup[]> {
  const blocks = await Promise.all(
    places.map(async (at) =>
      aligned(await payload(source, at, await headAt(source, at, TAG.overview))),
    ),
  );
  const groups = blocks.flatMap((bytes) => overviewGroups(bytes, levelCount(chunkSamples)));
  return groups.map((group) => ({ ...group, level: levelOf(source, group) }));
}

const levelOf =
  (source: ByteSource, group: OverviewGroup): TraceGroup['level'] =>
  async (wanted, from, to) =>
    partOf(group.levels[wanted - 1] ?? (await readLevel(source, group, wanted)), from, to);

/** Of a trace that nobody closed: reads every block's head, and sums up again what no group does. */
async function scan(source: ByteSource, header: TraceHeader, from: number): Promise<TraceIndex> {
  const groups: TraceGroup[] = [];
  let open: { places: number[]; samples: number } = { places: [], samples: 0 };
  let samples = 0;
  for (let at = from; at + BLOCK_HEAD_BYTES <= source.size; ) {
    const { tag, bytes, samples: count } = blockHead(await source.read(at, BLOCK_HEAD_BYTES));
    const next = at + BLOCK_HEAD_BYTES + bytes;
    if (bytes > MAX_BLOCK_BYTES || next > source.size) break;
    if (tag === TAG.group) {
      groups.push(await readGroup(source, at, header));
      open = { places: [], samples: 0 };
    } else if (tag === TAG.chunk && count <= header.chunkSamples) {
      open = { places: [...open.places, at], samples: open.samples + count };
      samples += count;
    } else break;
    at = next;
  }
  if (open.places.length > 0)
    groups.push(await openGroup(source, header, { ...open, first: samples - open.samples }));
  return { header, footer: undefined, groups, samples };
}

async function openGroup(
  source: ByteSource,
  header: TraceHeader,
  { places, samples, first }: { places: readonly number[]; samples: number; first: number },
): Promise<TraceGroup> {
  const buckets = new Summary(Math.ceil(samples / BUCKET_SAMPLES));
  let at = 0;
  for (const place of places) {
    const length = Math.ceil(
      blockHead(await source.read(place, BLOCK_HEAD_BYTES)).samples / BUCKET_SAMPLES,
    );
    const bytes = await source.read(place + BLOCK_HEAD_BYTES, Summary.byteLength(length));
    buckets.copy(new Summary(length, aligned(bytes)), at, [0, length]);
    at += length;
  }
  const levels = levelsAbove(buckets, buckets.length, header.chunkSamples);
  const level = async (wanted: number, from: number, to: number) =>
    partOf(levels[wanted - 1], from, to);
  return { firstSample: first, samples, chunkPlaces: places, level };
}

/** The same bytes where columns of numbers may begin. */
export function aligned(bytes: Uint8Array): Uint8Array {
  return bytes.byteOffset % 8 === 0 ? bytes : new Uint8Array(bytes);
}
