import { readFileSync, statSync } from 'node:fs';
import { compareLogSchema, parseOrThrow, type SpecRun } from '@greenrack/farm-protocol';
import { UsageError } from '../exit-code.js';

const MAX_BYTES = 256 * 1024;
/** As long as stock runs of such images are given. */
const TIMEOUT_MS = 300_000;

/**
 * Reads the file of a test that speaks no greentea: one expected line each, in order, and each a regular expression as
 * the stock runner takes it. @throws FarmError that names the line, UsageError for a file that is too large
 */
export function readCompareLog(file: string): Pick<SpecRun, 'compareLog' | 'timeoutMs'> {
  if (statSync(file).size > MAX_BYTES) throw new UsageError(`${file}: is over ${MAX_BYTES} bytes`);
  const lines = readFileSync(file, 'utf8')
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '')
    .map((line) => `/${line}/`);
  const compareLog = parseOrThrow(compareLogSchema, { lines }, 'invalid_spec', file);
  return { compareLog, timeoutMs: TIMEOUT_MS };
}
