/*
 * Power: the decoder of a PPK2 alone; 16 emulated PPK2 at 100 kS/s each, recorded by one process while the emulators run
 * in another on the same cores; and windows of a trace of one hour from a cold start, of the file and over HTTP.
 *
 *   npm run -s bench:power -- [seconds of the 16] [minutes of the trace] [--json]
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once, setMaxListeners } from 'node:events';
import { mkdtempSync, openSync, rmSync, statSync, writeSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { type ByteSource, TraceReader, TraceWriter, valueTable } from '@greenrack/farm-model';
import type { MeterInfo } from '@greenrack/farm-protocol';
import { Ppk2Decoder, Ppk2Meter, TraceRecorder } from '@greenrack/runner-agent';
import { report, say } from './report.js';
import { servedTrace } from './served-trace.js';
import { round } from './stats.js';

const METERS = 16;
const [seconds = 60, minutes = 60] = process.argv.slice(2).map(Number).filter(Number.isFinite);
const dir = mkdtempSync(join(tmpdir(), 'greenrack-power-bench-'));
const never = new AbortController().signal;
setMaxListeners(METERS + 10, never);

const CODING: MeterInfo['coding'] = {
  kind: 'ranges',
  mantissaBits: 14,
  clippedMantissa: 0x3fff,
  ranges: [1000.6, 101.46, 10.23, 0.96, 0.056].map((ohm) => [0, 43.95 / ohm, 0]),
};
const METER: MeterInfo = {
  instrument: 'ppk2',
  coding: CODING,
  sampleRateHz: 100_000,
  digitalLines: 8,
  floorUa: 0.2,
  fullScaleUa: 1e6,
  bandwidthHz: 50_000,
  faults: [],
};

/** Words of sleep with noise and a burst now and then. */
function words(count: number): Uint32Array {
  let state = 1;
  return Uint32Array.from({ length: count }, (_, i) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    const isOn = i % 10_000 < 700;
    const code = isOn ? (3 << 14) + 9000 + (state >>> 26) : 300 + (state >>> 29);
    return (isOn ? 1 << 24 : 0) + ((i & 63) << 18) + code;
  });
}

function decoderAlone(): Record<string, number> {
  const table = valueTable(CODING) ?? new Float32Array();
  const bytes = new Uint8Array(words(1 << 20).buffer);
  const rates = Array.from({ length: 5 }, () => {
    let heard = 0;
    const sink = {
      samples: ({ codes }: { codes: Uint32Array }) => {
        heard += codes.length;
      },
      gap: () => undefined,
    };
    const decoder = new Ppk2Decoder(table, sink);
    // Of a processor's time: other work on the machine is not the decoder's.
    const before = process.cpuUsage();
    for (let turn = 0; turn < 16; turn++)
      for (let at = 0; at < bytes.length; at += 65_536)
        decoder.push(bytes.subarray(at, at + 65_536));
    decoder.end();
    if (heard !== 1 << 24) throw new Error(`${heard} samples of ${1 << 24}`);
    const { user, system } = process.cpuUsage(before);
    return heard / (user + system);
  });
  return { mSamplesPerCpuS: round(Math.max(...rates)) };
}

/** One line of the child's, as JSON. */
async function line<T>(lines: AsyncIterator<string>): Promise<T> {
  return JSON.parse(String((await lines.next()).value)) as T;
}

async function manyMeters(): Promise<Record<string, unknown>> {
  const script = fileURLToPath(new URL('./ppk2-rack.js', import.meta.url));
  const rack: ChildProcess = spawn(process.execPath, [script, String(METERS)], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const lines = createInterface({ input: rack.stdout ?? process.stdin })[Symbol.asyncIterator]();
  const paths = await line<string[]>(lines);
  const meters = paths.map((path) => new Ppk2Meter({ path, mode: 'source', supplyMv: 3300 }));
  const recorders: TraceRecorder[] = [];
  const before = process.cpuUsage();
  const began = performance.now();
  await Promise.all(
    meters.map(async (meter, i) => {
      const path = join(dir, `${i}.trace`);
      const recorder = await TraceRecorder.create({ path, nowMs: () => performance.now() });
      recorders.push(recorder);
      await meter.start((info) => recorder.begin(info, Date.now()), never);
    }),
  );
  const memory = await watchMemory(seconds * 1000);
  for (const recorder of recorders) recorder.stopping();
  await Promise.all(meters.map(async (meter) => await meter.stop()));
  const { user, system } = process.cpuUsage(before);
  const cpuPercent = round((user + system) / 10 / (performance.now() - began));
  const seals = await Promise.all(recorders.map(async (recorder) => await recorder.end()));
  const footers = seals.flatMap((seal) => (seal ? [seal.footer] : []));
  rack.stdin?.end();
  const told = await line<{ overrun: number }[]>(lines);
  await Promise.all(meters.map(async (meter) => await meter.dispose()));
  await once(rack, 'exit');
  const samples = footers.reduce((sum, footer) => sum + footer.samples, 0);
  const bytes = paths.reduce((sum, _, i) => sum + statSync(join(dir, `${i}.trace`)).size, 0);
  return {
    seconds,
    mSamples: round(samples / 1e6),
    lost: footers.reduce((sum, { missing }) => sum + missing, 0),
    foundBufferFull: told.reduce((sum, { overrun }) => sum + overrun, 0),
    faults: footers.flatMap(({ faults }) => faults),
    cpuPercent,
    ...memory,
    bytesPerSample: Number((bytes / samples).toFixed(3)),
  };
}

async function watchMemory(ms: number): Promise<{ rssMb: number }> {
  let most = 0;
  const look = (): void => {
    most = Math.max(most, process.memoryUsage.rss());
  };
  const timer = setInterval(look, 250);
  await new Promise((resolve) => setTimeout(resolve, ms));
  clearInterval(timer);
  look();
  return { rssMb: round(most / 1e6) };
}

function writeLongTrace(path: string): Record<string, number> {
  const file = openSync(path, 'w');
  const writer = new TraceWriter(
    { version: 1, startedAtMs: 0, chunkSamples: 65_536, meter: METER },
    (bytes) => writeSync(file, bytes),
  );
  const table = valueTable(CODING) ?? new Float32Array();
  const codes = words(1 << 20).map((word) => word & 0x1ffff);
  const columns = {
    codes,
    currentUa: Float32Array.from(codes, (c) => table[c] ?? 0),
    digital: new Uint8Array(codes.length),
  };
  const samples = minutes * 60 * 100_000;
  const began = performance.now();
  for (let at = 0; at < samples; at += codes.length) writer.push(columns);
  const { samples: written } = writer.end([]);
  return {
    mSamples: round(written / 1e6),
    writeMSamplesPerS: round(written / 1000 / (performance.now() - began)),
    bytesPerSample: Number((statSync(path).size / written).toFixed(3)),
  };
}

async function windows(path: string): Promise<Record<string, number>> {
  const times: number[] = [];
  const first = await measured(path, 0, 1, times);
  for (let i = 1; i <= 200; i++) {
    const share = 1 / 2 ** (i % 20);
    await measured(path, ((i * 0.618) % 1) * (1 - share), share, times);
  }
  const sorted = times.toSorted((a, b) => a - b);
  const at = (q: number) => round(sorted[Math.floor(q * (sorted.length - 1))] ?? 0);
  return {
    wholeMs: round(first),
    p50Ms: at(0.5),
    p95Ms: at(0.95),
    maxMs: at(1),
    rssMb: round(process.memoryUsage.rss() / 1e6),
  };
}

async function fileSource(path: string): Promise<ByteSource & { close(): Promise<void> }> {
  const file = await open(path);
  const { size } = await file.stat();
  return {
    size,
    async read(at, length) {
      const { bytesRead, buffer } = await file.read(new Uint8Array(length), 0, length, at);
      if (bytesRead !== length)
        throw new Error(`${path}: ${bytesRead} bytes of ${length} at ${at}`);
      return buffer;
    },
    close: async () => await file.close(),
  };
}

/** Opens the trace anew for each window. */
async function measured(
  path: string,
  from: number,
  share: number,
  times: number[],
): Promise<number> {
  const began = performance.now();
  const source = await fileSource(path);
  const trace = await TraceReader.open(source);
  const first = Math.floor(from * trace.samples);
  const { points } = await trace.window(
    { from: first, to: first + Math.ceil(share * trace.samples) },
    2000,
  );
  await source.close();
  times.push(performance.now() - began);
  if (points.length === 0) throw new Error('an empty window');
  return times.at(-1) ?? 0;
}

try {
  say('the decoder alone …');
  const decoder = decoderAlone();
  say(`${METERS} instruments for ${seconds} s …`);
  const agent = await manyMeters();
  say(`a trace of ${minutes} minutes …`);
  const path = join(dir, 'long.trace');
  const long = writeLongTrace(path);
  const ofFile = await windows(path);
  say('the same trace in a farm …');
  const overHttp = await servedTrace(path);
  report('power', { decoder, meters16: agent, trace: long, windowsOf2000: { ofFile, overHttp } });
} finally {
  rmSync(dir, { recursive: true, force: true });
}
