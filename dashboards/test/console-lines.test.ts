import { Buffer } from 'node:buffer';
import { ConsoleLogDecoder } from '@greenrack/farm-protocol';
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { ConsoleLines } from '../src/model/console-lines.js';
import { FixtureLog, fixtureLog } from './support/fixture-console.js';

const rx = (atUs: number, text: string | Uint8Array) => ({
  atUs,
  direction: 'rx' as const,
  bytes: new Uint8Array(Buffer.from(text as Uint8Array)),
});
const tx = (atUs: number, text: string) => ({ ...rx(atUs, text), direction: 'tx' as const });
const texts = (lines: ConsoleLines) => lines.lines.map((line) => line.text);

describe('console lines', () => {
  it('end at LF, and the CR before it belongs to the end', () => {
    const lines = new ConsoleLines();
    lines.push([rx(5, 'one\r\ntwo\n\nthr'), rx(9, 'ee\r'), rx(12, '\nfour')]);
    expect(texts(lines)).toEqual(['one', 'two', '', 'three', 'four']);
    expect(lines.lines.map((line) => line.atUs)).toEqual([5, 5, 5, 5, 12]);
    expect(lines.lines.map((line) => line.columns)).toEqual([3, 3, 0, 5, 4]);
  });

  it('are not torn apart by what is sent in their middle', () => {
    const lines = new ConsoleLines();
    lines.push([rx(1, 'half an '), tx(2, '{{echo;1}}\n'), rx(3, 'answer\n')]);
    expect(lines.lines.map(({ direction, text }) => `${direction} ${text}`)).toEqual([
      'rx half an answer',
      'tx {{echo;1}}',
    ]);
  });

  it('are the same however the log is cut, and lose no byte', () => {
    const whole = fixtureLog('crash', 0).all();
    const read = (cuts: readonly number[]) => {
      const decoder = new ConsoleLogDecoder();
      const lines = new ConsoleLines();
      let from = 0;
      for (const cut of [...cuts, whole.length]) {
        lines.push(decoder.push(whole.subarray(from, cut)));
        from = cut;
      }
      lines.end();
      return lines.lines;
    };
    const expected = read([]);
    const cuts = fc.array(fc.nat(whole.length), { maxLength: 20 });
    fc.assert(
      fc.property(cuts, (some) => {
        expect(read([...some].sort((a, b) => a - b))).toEqual(expected);
      }),
      { numRuns: 20 },
    );
  });

  it('join a character that two reads cut in half, and show half a character at the end', () => {
    const lines = new ConsoleLines();
    lines.push([
      rx(1, Buffer.from([0x32, 0xe2, 0x82])),
      rx(2, Buffer.from([0xac, 0x0a, 0x41, 0xe2])),
    ]);
    expect(texts(lines)).toEqual(['2€', 'A']);
    lines.end();
    expect(texts(lines)).toEqual(['2€', 'A\udce2']);
  });

  it('say from which line on they changed', () => {
    const lines = new ConsoleLines();
    expect(lines.push([rx(1, 'a\nb')])).toBe(0);
    expect(lines.push([rx(2, 'c\nd\n')])).toBe(1);
    expect(lines.push([rx(3, 'e')])).toBe(3);
  });

  it('drop the oldest beyond their limits and keep their numbers', () => {
    const lines = new ConsoleLines({ lines: 100, chars: 1_000_000 });
    for (let i = 1; i <= 150; i++) lines.push([rx(i, `line ${i}\n`)]);
    expect(lines.lines.length).toBeLessThanOrEqual(100);
    expect(lines.dropped + lines.lines.length).toBe(150);
    const last = lines.lines.at(-1);
    expect(last).toMatchObject({ number: 150, text: 'line 150' });
    expect(lines.lines[0]?.number).toBe(lines.dropped + 1);
  });

  it('break a line that never ends', () => {
    const lines = new ConsoleLines();
    for (let i = 0; i < 5; i++) lines.push([rx(i, 'x'.repeat(100 * 1024))]);
    expect(texts(lines).map((text) => text.length)).toEqual([300 * 1024, 200 * 1024]);
  });

  it('read a log of 10 MB and more than 100,000 lines', () => {
    const log = new FixtureLog(0);
    for (let i = 0; i < 110_000; i++)
      log.add(i, 'rx', `${String(i).padStart(9)} ${'x'.repeat(80)}\r\n`);
    const lines = new ConsoleLines();
    lines.push(new ConsoleLogDecoder().push(log.all()));
    expect(lines.lines).toHaveLength(110_000);
    expect(lines.lines[109_999]?.text.trimStart()).toBe(`109999 ${'x'.repeat(80)}`);
  });
});
