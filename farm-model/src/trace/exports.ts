import type { SampleColumns } from './summary.js';
import type { SampleSpan, TraceReader } from './trace-reader.js';

const PART_SAMPLES = 65_536;
const US_PER_S = 1_000_000;

/** Samples of a span, part by part; the whole may not fit into memory. */
export async function* samplesOf(
  trace: TraceReader,
  { from, to }: SampleSpan,
): AsyncGenerator<{ first: number; columns: SampleColumns }> {
  const end = Math.min(to, trace.samples);
  for (let first = from; first < end; first += PART_SAMPLES)
    yield {
      first,
      columns: await trace.raw({ from: first, to: Math.min(end, first + PART_SAMPLES) }),
    };
}

/** Time in ms from the span's beginning, current in µA (nan where it is missing), and the lines. */
export async function* traceCsv(trace: TraceReader, span: SampleSpan): AsyncGenerator<string> {
  const { digitalLines, sampleRateHz } = trace.header.meter;
  const names = Array.from({ length: digitalLines }, (_, n) => `D${n}`);
  yield `${['Timestamp(ms)', 'Current(uA)', ...names].join(',')}\n`;
  for await (const { first, columns } of samplesOf(trace, span)) {
    let text = '';
    for (const [i, ua] of columns.currentUa.entries()) {
      const ms = (((first - span.from + i) * 1000) / sampleRateHz).toFixed(3);
      const lines = names.map((_, n) => `,${((columns.digital[i] ?? 0) >> n) & 1}`).join('');
      text += `${ms},${Number.isNaN(ua) ? 'nan' : ua.toFixed(3)}${lines}\n`;
    }
    yield text;
  }
}

/** Value change dump (IEEE 1364): the lines, and the current in µA as a real number. */
export async function* traceVcd(trace: TraceReader, span: SampleSpan): AsyncGenerator<string> {
  const { digitalLines, sampleRateHz } = trace.header.meter;
  const names = Array.from(
    { length: digitalLines },
    (_, n) => `$var wire 1 ${mark(n)} D${n} $end\n`,
  );
  yield `$timescale 1 us $end\n$scope module trace $end\n${names.join('')}$var real 64 ~ current_uA $end\n$upscope $end\n$enddefinitions $end\n`;
  let lines = -1;
  let current = Number.NaN;
  for await (const { first, columns } of samplesOf(trace, span)) {
    let text = '';
    for (let i = 0; i < columns.codes.length; i++) {
      const [ua = Number.NaN, now = 0] = [columns.currentUa[i], columns.digital[i]];
      if (now === lines && Object.is(ua, current)) continue;
      text += `#${Math.round(((first - span.from + i) * US_PER_S) / sampleRateHz)}\n`;
      if (!Object.is(ua, current)) text += `r${Number.isNaN(ua) ? 'NaN' : ua} ~\n`;
      for (let n = 0; n < digitalLines; n++)
        if (lines < 0 || ((now ^ lines) >> n) & 1) text += `${(now >> n) & 1}${mark(n)}\n`;
      lines = now;
      current = ua;
    }
    yield text;
  }
}

const mark = (line: number): string => String.fromCharCode(33 + line);

/*
 * Members of a .ppk2 file, a zip: metadata.json, minimap.raw (JSON too), and session.raw of 6 bytes a sample:
 * float32 little-endian in µA, NaN where it is missing; then 16 bits big-endian, a pair for each line from the lowest:
 * 01 low, 10 high, 00 invalid.
 */
const FRAME_BYTES = 6;
const MINIMAP_POINTS = 10_000;
/** The minimap of that format knows nothing smaller, in nA. */
const MINIMAP_FLOOR_NA = 200;

export async function* ppk2Session(
  trace: TraceReader,
  span: SampleSpan,
): AsyncGenerator<Uint8Array> {
  const pairs = Uint16Array.from({ length: 256 }, (_, lines) => pairsOf(lines));
  for await (const { columns } of samplesOf(trace, span)) {
    const { currentUa, digital } = columns;
    const view = new DataView(new ArrayBuffer(FRAME_BYTES * currentUa.length));
    for (let i = 0; i < currentUa.length; i++) {
      view.setFloat32(FRAME_BYTES * i, currentUa[i] ?? Number.NaN, true);
      view.setUint16(FRAME_BYTES * i + 4, pairs[digital[i] ?? 0] ?? 0);
    }
    yield new Uint8Array(view.buffer);
  }
}

function pairsOf(lines: number): number {
  let pairs = 0;
  for (let n = 0; n < 8; n++) pairs |= ((lines >> n) & 1 ? 2 : 1) << (2 * n);
  return pairs;
}

export function ppk2Metadata({ header }: TraceReader, { from }: SampleSpan): string {
  const samplesPerSecond = header.meter.sampleRateHz;
  const startSystemTime = header.startedAtMs + (from * 1000) / samplesPerSecond;
  return JSON.stringify({ metadata: { samplesPerSecond, startSystemTime }, formatVersion: 2 });
}

export async function ppk2Minimap(trace: TraceReader, span: SampleSpan): Promise<string> {
  const { firstSample, samplesPerPoint, points } = await trace.window(span, MINIMAP_POINTS - 2);
  const { sampleRateHz } = trace.header.meter;
  const column = (values: Float32Array) =>
    Array.from(values, (ua, i) => ({
      x: Math.max(0, ((firstSample - span.from + i * samplesPerPoint) * US_PER_S) / sampleRateHz),
      y: Number.isNaN(ua) ? null : Math.max(MINIMAP_FLOOR_NA, ua * 1000),
    }));
  return JSON.stringify({
    lastElementFoldCount: samplesPerPoint,
    data: { length: points.length, min: column(points.min), max: column(points.max) },
    maxNumberOfElements: MINIMAP_POINTS,
    numberOfTimesToFold: samplesPerPoint,
  });
}
