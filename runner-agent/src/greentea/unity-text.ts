import type { Failure } from '@greenrack/farm-protocol';
import { bounded, MAX_MESSAGE_CHARS, wholeNumber } from './bounded-text.js';

/*
 * What Unity and utest print between the messages of a case:
 *   ../main.cpp:42::FAIL: Expected 1 Was 2        (Arm's builds leave the file empty: ":42::FAIL: …")
 *   :42::SKIP: no board wired                     also without the text
 *   >>> failure with reason 'Timed Out' during 'Case Handler'
 *   >>> 'name': 0 passed, 1 failed with reason 'Test Case is Empty'     after the case's finish message
 */
const MARKER = '::';
const HANDLER_FAILURE = '>>> failure with reason ';
const REASON = " with reason '";
/** Reason of a case or of the whole suite, in a line that counts. */
const COUNTED_REASON = /\d+ failed with reason '([^']+)'/;
/** Lines worth reading hold one of these. */
export const UNITY_NEEDLES: readonly string[] = [MARKER, REASON];

const OUTCOMES = [
  ['FAIL', 'fail'],
  ['SKIP', 'skip'],
  ['IGNORE', 'skip'],
] as const;

export interface UnityOutcome {
  readonly outcome: 'fail' | 'skip';
  readonly failure: Failure;
}

/** Reads one line of console text; undefined when it is no outcome. */
export function parseUnityLine(line: string): UnityOutcome | undefined {
  const handler = line.indexOf(HANDLER_FAILURE);
  if (handler >= 0)
    return { outcome: 'fail', failure: { message: message(line.slice(handler + '>>> '.length)) } };
  for (let at = line.indexOf(MARKER); at >= 0; at = line.indexOf(MARKER, at + 1)) {
    const found = outcomeAt(line, at);
    if (found) return found;
  }
  return undefined;
}

/** The reason in utest's line that counts passes and failures. */
export function parseCountedReason(line: string): string | undefined {
  const reason = COUNTED_REASON.exec(line)?.[1];
  return reason === undefined ? undefined : message(reason);
}

function outcomeAt(line: string, at: number): UnityOutcome | undefined {
  const place = placeBefore(line.slice(0, at));
  if (!place) return undefined;
  const rest = line.slice(at + MARKER.length);
  for (const [word, outcome] of OUTCOMES) {
    if (!rest.startsWith(word) || /^\w/.test(rest.slice(word.length))) continue;
    const text = rest.slice(word.length).replace(/^:?\s*/, '');
    return { outcome, failure: { message: message(text || word), ...place } };
  }
  return undefined;
}

/** File and line number in `../main.cpp:42`, `:42` or `42`. */
function placeBefore(text: string): { file?: string; line: number } | undefined {
  const colon = text.lastIndexOf(':');
  const line = wholeNumber(text.slice(colon + 1), 7);
  if (line === undefined) return undefined;
  const file = text.slice(0, Math.max(0, colon)).trim();
  return file === '' ? { line } : { file: bounded(file, 512), line };
}

function message(text: string): string {
  return bounded(text.trim(), MAX_MESSAGE_CHARS);
}
