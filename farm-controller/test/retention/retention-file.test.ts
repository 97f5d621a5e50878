import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { FarmError } from '@greenrack/farm-protocol';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { DEFAULT_POLICY } from '../../src/retention/policy.js';
import { RetentionFile } from '../../src/retention-file.js';
import { systemClock } from '../../src/timing/clock.js';
import { createLogger } from '../../src/web/logger.js';

let dir: string;
let path: string;
let heard: string[];
let files: RetentionFile[];
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'greenrack-kept-'));
  path = join(dir, 'retention.yaml');
  [heard, files] = [[], []];
});
afterEach(() => {
  for (const file of files) file.close();
  rmSync(dir, { recursive: true, force: true });
});

function open(text: string): RetentionFile {
  writeFileSync(path, text);
  const log = createLogger('debug', { write: (line) => void heard.push(line) });
  const file = new RetentionFile({ path, clock: systemClock, log });
  files.push(file);
  return file;
}

function refused(text: string): FarmError {
  try {
    open(text);
  } catch (error) {
    if (error instanceof FarmError) return error;
    throw error;
  }
  throw new Error('it was taken');
}

describe('the file that says what is kept', () => {
  it('has the defaults for what it leaves out', () => {
    const { policy } = open('keep:\n  traces: 14\nreleases: [refs/tags/v, refs/heads/lts]\n');
    expect(policy).toEqual({
      ...DEFAULT_POLICY,
      keep: { ...DEFAULT_POLICY.keep, traces: 14 },
      releases: ['refs/tags/v', 'refs/heads/lts'],
    });
    expect(open('{}').policy).toEqual(DEFAULT_POLICY);
  });

  it.each([
    ['keep:\n  consols: 3\n', 'keep', 2],
    ['keep:\n  consoles: 0\n', 'keep.consoles: expected at least 1', 2],
    ['keep:\n  images: never\n', 'keep.images: expected a whole number of days', 2],
    ['branchNewest: 2\nfailed:\n  events: 30\n', 'failed.events: 30 days are less than the 90', 3],
    ['keep:\n  events: forever\n', 'failed.events: 365 days are less than the forever', undefined],
  ])('is refused with file, line and field: %j', (text, field, line) => {
    const { code, message } = refused(text);
    expect(code).toBe('invalid_configuration');
    expect(message).toContain(path);
    expect(message).toContain(field);
    if (line !== undefined) expect(message).toContain(`line ${line}`);
  });

  it('is read again when it changes, and changes nothing while it has a fault', async () => {
    const file = open('keep: { traces: 14 }\n');
    writeFileSync(path, 'keep: { traces: fourteen }\n');
    file.reload();
    expect(file.policy.keep.traces).toBe(14);
    expect(heard.join('')).toContain('keep.traces');
    const changed = new Promise<void>((resolve) => file.onChange(resolve));
    writeFileSync(path, 'keep: { traces: 15 }\n');
    await changed;
    expect(file.policy.keep.traces).toBe(15);
  });
});
