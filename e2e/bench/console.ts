/*
 * One agent's console path under load: many boards on ptys of their own, each printing without pause, read through
 * serialport, parsed for messages and written to timestamped logs on disk. Nothing may be lost: every log is read back
 * and its bytes are compared by hash with what was sent. The boards are fed by another process on the same two cores.
 * Baseline of the same run: serialport alone, counting bytes.
 */
import { createHash } from 'node:crypto';
import { setMaxListeners } from 'node:events';
import { createReadStream, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ConsoleLogDecoder } from '@greenrack/farm-protocol';
import { ConsoleLogWriter, GreenteaScanner, SerialConsole } from '@greenrack/runner-agent';
import { PtyFeed } from './pty-feed.js';
import { report, say } from './report.js';
import { round } from './stats.js';

const PLAN = { ports: 64, bytesPerSecond: 300_000, seconds: 10 };
const TIMEOUT_MS = 120_000;
const INTERESTING = ['++ Mbed', '::', 'mbedmbed'];

/** One board's reader: what it does with bytes, and how it ends. */
interface Reader {
  take(bytes: Uint8Array, atUs: number): void;
  finish(): Promise<void>;
}

interface Outcome {
  readonly cpuPercent: number;
  readonly mbPerS: number;
  readonly lateSeconds: number;
  readonly sent: readonly { readonly bytes: number; readonly sha256: string }[];
}

async function feedInto(readers: readonly Reader[]): Promise<Outcome> {
  const feed = await PtyFeed.start(PLAN);
  const signal = AbortSignal.timeout(TIMEOUT_MS);
  setMaxListeners(PLAN.ports + 10, signal);
  let left = PLAN.ports * Math.trunc(PLAN.bytesPerSecond * PLAN.seconds);
  const total = left;
  let allArrived: () => void = () => undefined;
  const arrived = new Promise<void>((resolve, reject) => {
    allArrived = resolve;
    signal.addEventListener('abort', () =>
      reject(new Error(`${left} bytes did not arrive within ${TIMEOUT_MS} ms`)),
    );
  });
  const began = performance.now();
  const consoles = feed.paths.map((path) => new SerialConsole({ path, baudRate: 115_200 }));
  const lost = (loss: { message: string }) => say(loss.message);
  await Promise.all(
    consoles.map((console, i) => {
      const data = (bytes: Uint8Array) => {
        readers[i]?.take(bytes, (performance.now() - began) * 1000);
        left -= bytes.length;
        if (left === 0) allArrived();
      };
      return console.open({ data, lost }, signal);
    }),
  );
  const cpu = process.cpuUsage();
  const result = await feed.go(TIMEOUT_MS);
  await arrived;
  const used = process.cpuUsage(cpu);
  await Promise.all(consoles.map((console) => console.close()));
  await Promise.all(readers.map((reader) => reader.finish()));
  await feed.end();
  return {
    cpuPercent: round((used.user + used.system) / 1e4 / result.seconds),
    mbPerS: round(total / 1e6 / result.seconds),
    lateSeconds: round(result.lateSeconds),
    sent: result.sent,
  };
}

async function fullReader(path: string): Promise<Reader & { messages: () => number }> {
  let messages = 0;
  const handler = { onMessage: () => void messages++, onLine: () => undefined };
  const scanner = new GreenteaScanner(handler, INTERESTING);
  const fail = (error: Error) => {
    throw error;
  };
  const log = await ConsoleLogWriter.create({
    path,
    wallMs: Date.now(),
    onWritten: () => undefined,
    onError: fail,
  });
  return {
    take: (bytes, atUs) => {
      log.record('rx', bytes, atUs);
      scanner.push(bytes, atUs);
    },
    finish: async () => void (await log.seal()),
    messages: () => messages,
  };
}

/** SHA-256 and size of what the board sent, from the log on disk. */
async function readBack(path: string): Promise<{ bytes: number; sha256: string }> {
  const decoder = new ConsoleLogDecoder();
  const hash = createHash('sha256');
  let bytes = 0;
  for await (const piece of createReadStream(path) as AsyncIterable<Buffer>)
    for (const record of decoder.push(piece)) {
      hash.update(record.bytes);
      bytes += record.bytes.length;
    }
  return { bytes, sha256: hash.digest('hex') };
}

async function main(): Promise<void> {
  const dir = mkdtempSync(join(tmpdir(), 'greenrack-bench-console-'));
  const paths = Array.from({ length: PLAN.ports }, (_, i) => join(dir, `${i}.grlog`));
  try {
    say(`${PLAN.ports} boards at ${PLAN.bytesPerSecond / 1000} kB/s for ${PLAN.seconds} s, twice`);
    const countOnly: Reader = { take: () => undefined, finish: async () => undefined };
    const bare = await feedInto(paths.map(() => countOnly));
    const readers = await Promise.all(paths.map(fullReader));
    const full = await feedInto(readers);
    const stored = await Promise.all(paths.map(readBack));
    const wrong = stored.filter((log, i) => log.sha256 !== full.sent[i]?.sha256).length;
    if (wrong > 0) throw new Error(`${wrong} logs differ from what was sent`);
    report('console', {
      boards: PLAN.ports,
      bytesPerSecondEach: PLAN.bytesPerSecond,
      bytesStored: stored.reduce((sum, log) => sum + log.bytes, 0),
      bytesLost: 0,
      logsWrong: wrong,
      messages: readers.reduce((sum, reader) => sum + reader.messages(), 0),
      mbPerS: full.mbPerS,
      cpuPercentOfOneCore: full.cpuPercent,
      boardsHeldUpSeconds: full.lateSeconds,
      baselineCpuPercent: bare.cpuPercent,
      ratio: round(full.cpuPercent / bare.cpuPercent),
      baseline: 'serialport alone, counting bytes',
      goal: 'nothing lost with 64 boards at 300 kB/s',
    });
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
}

await main();
