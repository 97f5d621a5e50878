import { patternFault, visibleText } from '@greenrack/farm-model';
import { compareLogSchema, FarmError, parseOrThrow, type SpecRun } from '@greenrack/farm-protocol';
import { readTextFile } from '../data-file.js';

const MAX_BYTES = 256 * 1024;
/** As long as stock runs of such images are given. */
const TIMEOUT_MS = 300_000;

/** Longest expected line. */
const MAX_LINE = 500;
/** What only an expression can mean. */
const SPECIAL = /[\\^$.*+?()[\]{}|]/;
/** Parts that other engines know and ours refuses: such a line was meant as an expression. */
const FOREIGN = /\(\?|\\[1-9]/;

/**
 * Reads the file of a test that speaks no greentea: one expected line each, in order, and each taken as text or as a
 * regular expression, whichever is there, as the stock runner does.
 * @throws FarmError that names the line, UsageError for a file that is too large
 */
export function readCompareLog(file: string): Pick<SpecRun, 'compareLog' | 'timeoutMs'> {
  const lines = readTextFile(file, MAX_BYTES)
    .split('\n')
    // A log that was recorded has what a terminal hides; the agent compares what it shows.
    .map((line) => visibleText(line).trim())
    .filter((line) => line !== '')
    .map(expectedLine);
  const compareLog = parseOrThrow(compareLogSchema, { lines }, 'invalid_spec', file);
  compareLog.lines.forEach((line, index) => {
    const fault = patternFault(line);
    if (fault !== undefined) throw unusable(file, `lines[${index}]`, fault);
  });
  return { compareLog, timeoutMs: TIMEOUT_MS };
}

function unusable(file: string, path: string, message: string): FarmError {
  return new FarmError('invalid_spec', `${file}: ${path}: ${message}`, {
    fields: [{ path, message }],
  });
}

function expectedLine(line: string): string {
  const asText = `/${line.replace(new RegExp(SPECIAL, 'g'), '\\$&')}/`;
  if (!SPECIAL.test(line)) return line.startsWith('/') ? asText : line;
  const asExpression = `/${line}/`;
  if (patternFault(asExpression) !== undefined && !FOREIGN.test(line)) return asText;
  const both = `/${line}|${asText.slice(1)}`;
  const isUsable = both.length <= MAX_LINE && patternFault(both) === undefined;
  return isUsable ? both : asExpression;
}
