import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { traceCsv, traceVcd } from '@greenrack/farm-model';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { reader, recorded } from '../../farm-model/test/trace/support.js';

const SAMPLES = 20_000;
const whole = recorded(SAMPLES, 4096);
const all = { from: 0, to: SAMPLES };

describe('an exported trace, read by sigrok-cli', () => {
  let dir: string;
  beforeAll(() => {
    dir = mkdtempSync(join(tmpdir(), 'greenrack-sigrok-'));
  });
  afterAll(() => rmSync(dir, { recursive: true, force: true }));

  async function saved(name: string, parts: AsyncIterable<string>): Promise<string> {
    const path = join(dir, name);
    let text = '';
    for await (const part of parts) text += part;
    writeFileSync(path, text);
    return path;
  }

  function sigrok(...args: string[]): string[] {
    // Version 0.7.2 may abort while it puts away analog channels: what it printed before is all that counts.
    const { stdout } = spawnSync('sigrok-cli', args, { encoding: 'latin1', maxBuffer: 2 ** 26 });
    return stdout.split('\n');
  }

  /** The lines at each sample, as sigrok-cli understands a file. */
  function lines(...args: string[]): number[] {
    const channels = ['-C', 'D0,D1,D2,D3,D4,D5,D6,D7', '-O', 'csv:header=false'];
    const rows = sigrok(...args, ...channels).filter((line) => /^[01],/.test(line));
    return rows.map((row) => linesOf(row.split(',')));
  }

  const linesOf = (row: readonly string[]) =>
    row.map((bit, n) => Number(bit) << n).reduce((a, b) => a | b, 0);

  it('has its lines in the value change dump', async () => {
    const path = await saved('trace.vcd', traceVcd(await reader(whole.bytes), all));
    const found = lines('-I', 'vcd:downsample=10', '-i', path);
    expect(found.length).toBeGreaterThanOrEqual(SAMPLES - 10);
    expect(found).toEqual([...whole.digital.subarray(0, found.length)]);
  });

  it('has its currents in the table', async () => {
    const path = await saved(
      'trace.csv',
      traceCsv(await reader(whole.bytes), { from: 100, to: 3000 }),
    );
    const as = (columns: string) => `csv:column_formats=${columns}:header=true:samplerate=100000`;
    const input = ['-i', path, '-I'];
    expect(lines(...input, as('t,-,8l'))).toEqual([...whole.digital.subarray(100, 3000)]);
    const found = sigrok(...input, as('t,a,8-'), '-O', 'analog').flatMap((line) => {
      const value = /^Current\(uA\): (\S+)/.exec(line)?.[1];
      return value === undefined ? [] : [Number(value)];
    });
    expect(found).toHaveLength(2900);
    for (const [i, currentUa] of found.entries()) {
      const { [100 + i]: wantedUa = Number.NaN } = whole.currentUa;
      if (Number.isNaN(wantedUa)) expect(currentUa).toBeNaN();
      else expect(Math.abs(currentUa / wantedUa - 1)).toBeLessThan(0.01);
    }
  });
});
