/*
 * The console parser alone: megabytes per second over text with a message now and then, and over messages only.
 * Baseline of the same run: readline's way, a string per line and a regular expression per string, as the stock runner
 * does it. Both must find the same messages.
 */
import { GreenteaScanner } from '@greenrack/runner-agent';
import { report } from './report.js';
import { round } from './stats.js';

const MEGABYTES = 128;
const CHUNKS = [64 * 1024, 4096, 256];
const REPEATS = 3;
const INTERESTING = ['++ Mbed', '::', 'mbedmbed'];

function sparseText(): Buffer {
  const lines: string[] = [];
  for (let i = 0; i < 4000; i++)
    lines.push(
      i % 40 === 0
        ? `{{metric_${i};${i * 7}}}`
        : `[${i}] thread 0x2000${i} waits for mutex ${i % 9}, 3 ready`,
    );
  return Buffer.from(`${lines.join('\r\n')}\r\n`);
}

function denseText(): Buffer {
  const lines = Array.from({ length: 8000 }, (_, i) => `{{__testcase_start;case number ${i}}}`);
  return Buffer.from(`${lines.join('\r\n')}\r\n`);
}

/** Feeds `block` again and again, cut into `chunkBytes`; answers MB/s. */
function feed(block: Buffer, chunkBytes: number, push: (chunk: Buffer) => void): number {
  const total = MEGABYTES * 1_000_000;
  const began = performance.now();
  let fed = 0;
  while (fed < total)
    for (let at = 0; at < block.length; at += chunkBytes) {
      const chunk = block.subarray(at, at + chunkBytes);
      push(chunk);
      fed += chunk.length;
    }
  return fed / 1000 / (performance.now() - began);
}

function ours(block: Buffer, chunkBytes: number): { rate: number; found: number } {
  let found = 0;
  const handler = { onMessage: () => void found++, onLine: () => undefined };
  const scanner = new GreenteaScanner(handler, INTERESTING);
  return { rate: feed(block, chunkBytes, (chunk) => scanner.push(chunk, 0)), found };
}

function lineByLine(block: Buffer, chunkBytes: number): { rate: number; found: number } {
  let found = 0;
  const handler = { onMessage: (_key: string, _value: string) => void found++ };
  let rest = '';
  const pattern = /\{\{([\w-]+);([^}]+)\}\}/;
  const rate = feed(block, chunkBytes, (chunk) => {
    const lines = (rest + chunk.toString('utf8')).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) {
      const match = pattern.exec(line);
      if (match) handler.onMessage(match[1] ?? '', match[2] ?? '');
    }
  });
  return { rate, found };
}

function best(measure: () => { rate: number; found: number }): { rate: number; found: number } {
  const tries = Array.from({ length: REPEATS }, measure);
  return tries.reduce((a, b) => (b.rate > a.rate ? b : a));
}

function compare(block: Buffer, chunkBytes: number): Record<string, number> {
  const parser = best(() => ours(block, chunkBytes));
  const baseline = best(() => lineByLine(block, chunkBytes));
  if (parser.found !== baseline.found)
    throw new Error(`found ${parser.found} messages, the baseline ${baseline.found}`);
  return {
    mbPerS: round(parser.rate),
    baselineMbPerS: round(baseline.rate),
    ratio: round(parser.rate / baseline.rate),
  };
}

const result: Record<string, unknown> = {};
for (const [name, block] of [
  ['sparse', sparseText()],
  ['dense', denseText()],
] as const)
  for (const bytes of CHUNKS) result[`${name}${bytes}`] = compare(block, bytes);
report('parser', {
  ...result,
  baseline: 'split into lines, one regular expression per line',
  goal: '>= 300 MB/s',
});
