/*
 * The two files that GCC's coverage consists of (gcc/gcov-io.h), in words of the target's byte order:
 *
 *   "gcno" │ version "B22*" │ stamp │ checksum, from GCC 12 │ folder, a text │ flag │ records…
 *   "gcda" │ version        │ stamp │ checksum, from GCC 12 │ records… │ 0
 *
 *   record:   tag │ length; negative for counters that are all 0 │ data
 *   function: 0x01000000 │ length │ ident │ checksum of its place │ checksum of its branches │ …
 *   text:     length │ characters
 *
 * Lengths are in words, from GCC 12 in bytes. A stamp is the time of the compilation, or the same for all objects when
 * -frandom-seed is given.
 */
import { Uncounted } from './uncounted.js';

const WORD = 4;
const TAG_FUNCTION = 0x01000000;
/** Counters of kind n have this tag plus n × 0x20000. */
const TAG_COUNTERS = 0x01a10000;
const COUNTER_STEP = 0x20000;
const MAX_COUNTER_KINDS = 16;
const SUMMARIES = new Set([0xa1000000, 0xa3000000]);
/** GCC that first wrote lengths in bytes, and a checksum. */
const BYTES_SINCE = 12;

/** What ties a .gcda file to its .gcno file. */
export interface GcovFile {
  /** As in the file: `B22*` is GCC 12.2. */
  readonly version: string;
  readonly stamp: number;
  /** Ident and checksums of each function. */
  readonly functions: ReadonlySet<string>;
}

interface Words extends Omit<GcovFile, 'functions'> {
  readonly bytes: Buffer;
  readonly word: (at: number) => number;
  /** Bytes that a length of 1 stands for. */
  readonly unit: number;
  /** Where the common head ends. */
  readonly begin: number;
}

/**
 * Reads a .gcda file. gcov takes one that lost bytes for code that never ran: here its form must be whole.
 * @throws Uncounted
 */
export function readGcda(bytes: Buffer): GcovFile {
  const words = wordsOf(bytes, 'gcda');
  if (!words) throw new Uncounted('lost', 'is damaged: it does not begin as a .gcda file');
  // Unlike a .gcno file, which has texts. A damaged length may lead by chance to where another record begins.
  if (bytes.length % WORD !== 0)
    throw new Uncounted('lost', `is damaged: its ${bytes.length} bytes are no whole words`);
  return contentOf(words, words.begin, isGcdaTag);
}

/** Reads a .gcno file. @throws Uncounted when it is none */
export function readGcno(bytes: Buffer): GcovFile {
  const words = wordsOf(bytes, 'gcno');
  if (!words || bytes.length < words.begin + WORD)
    throw new Uncounted('foreign', 'is no .gcno file');
  const folderBytes = words.word(words.begin) * words.unit;
  return contentOf(words, words.begin + WORD + folderBytes + WORD, () => true);
}

function wordsOf(bytes: Buffer, kind: 'gcno' | 'gcda'): Words | undefined {
  if (bytes.length < 4 * WORD) return undefined;
  const magic = bytes.toString('latin1', 0, WORD);
  const isLittle = magic === reversed(kind);
  if (!isLittle && magic !== kind) return undefined;
  const word = (at: number) => (isLittle ? bytes.readUInt32LE(at) : bytes.readUInt32BE(at));
  const text = bytes.toString('latin1', WORD, 2 * WORD);
  const version = isLittle ? reversed(text) : text;
  const isInBytes = majorOf(version) >= BYTES_SINCE;
  const [unit, begin] = isInBytes ? [1, 4 * WORD] : [WORD, 3 * WORD];
  return { bytes, version, stamp: word(2 * WORD), word, unit, begin };
}

function contentOf(words: Words, from: number, isKnown: (tag: number) => boolean): GcovFile {
  const { bytes, word, version, stamp } = words;
  const functions = new Set<string>();
  let at = from;
  while (at < bytes.length && !isEnd(words, at)) {
    const next = nextRecord(words, at, isKnown);
    const data = at + 2 * WORD;
    // One of length 0 stands for a function that the linker dropped.
    if (word(at) === TAG_FUNCTION && next > data) functions.add(functionAt(words, data));
    at = next;
  }
  return { version, stamp, functions };
}

const functionAt = ({ word }: Words, at: number): string =>
  `${word(at)}/${word(at + WORD)}/${word(at + 2 * WORD)}`;

function nextRecord(words: Words, at: number, isKnown: (tag: number) => boolean): number {
  const { bytes, word, unit } = words;
  const isWhole = at + 2 * WORD <= bytes.length && isKnown(word(at));
  const length = isWhole ? Math.max(0, word(at + WORD) | 0) * unit : 0;
  const next = at + 2 * WORD + length;
  const isShort = isWhole && word(at) === TAG_FUNCTION && length > 0 && length < 3 * WORD;
  if (isWhole && next <= bytes.length && !isShort) return next;
  throw new Uncounted('lost', `is damaged at byte ${at} of ${bytes.length}`);
}

function isGcdaTag(tag: number): boolean {
  const kind = (tag - TAG_COUNTERS) / COUNTER_STEP;
  const isCounter = Number.isInteger(kind) && kind >= 0 && kind < MAX_COUNTER_KINDS;
  return isCounter || tag === TAG_FUNCTION || SUMMARIES.has(tag);
}

/** A tag of 0, and nothing after it. */
const isEnd = ({ bytes, word }: Words, at: number): boolean =>
  bytes.length - at === WORD && word(at) === 0;

/** `B22*` is 12, `A94*` is 9. */
function majorOf(version: string): number {
  const [tens = '', ones = ''] = version;
  return (tens.charCodeAt(0) - 'A'.charCodeAt(0)) * 10 + Number(ones);
}

const reversed = (text: string): string => [...text].reverse().join('');
