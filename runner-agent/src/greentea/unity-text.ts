import type { Failure } from '@greenrack/farm-protocol';
import { bounded, MAX_MESSAGE_CHARS, wholeNumber } from '../session/bounded-text.js';
import { loggedText } from '../session/log-prefix.js';

/*
 * What Unity and utest print between the messages of a case, behind what a logger puts in front (log-prefix.ts):
 *
 *   ../main.cpp:42::FAIL: Expected 1 Was 2        outcome = [ file ] ":" line "::" word [ ":" text ]
 *   <greentea test suite>:42::FAIL: …             word    = "FAIL" | "SKIP" | "IGNORE"
 *   :42::SKIP: no board wired                     file    = "<" … ">" | path without blanks | path that begins with
 *   :42::FAIL                                               "/", "./", "../" or a drive; Arm's builds leave it empty
 *
 *   >>> Running case #3: 'name'...
 *   >>> failure with reason 'Timed Out' during 'Case Handler'
 *   >>> failure with reason 'Ignored: Timed Out' during 'Case Handler'         a skip
 *   >>> 'name': 0 passed, 1 failed with reason 'Test Case is Empty'     after the case's finish message
 *
 * SKIP and IGNORE decide about a case, so they begin their line: a sentence that quotes one skips nothing. FAIL only
 * explains what the firmware counts, and Unity prints it behind whatever stands on the line: it may stand anywhere.
 */
const MARKER = '::';
const HANDLER_FAILURE = '>>> failure with reason ';
const IGNORED = "'Ignored: ";
const REASON = " with reason '";
const NUMBER = '>>> Running case #';
/** Reason of a case or of the whole suite, in a line that counts. */
const COUNTED_REASON = /\d+ failed with reason '([^']+)'/;
/** Lines worth reading hold one of these. */
export const UNITY_NEEDLES: readonly string[] = [MARKER, REASON, NUMBER];

const OUTCOME = /:(\d{1,7})::(FAIL|SKIP|IGNORE)(?!\w):?\s*(.*)$/s;
const FILE = /^(?:<[^<>]{1,200}>|(?:\.{0,2}[\\/]|[A-Za-z]:[\\/])[^:]*|[^\s:]*)$/;
/** A word that names a file. */
const FILE_WORD = /^<|[\\/]|\.\w{1,5}$/;
const NO_FILE = /[\s"'()[\]]/;

export interface UnityOutcome {
  readonly outcome: 'fail' | 'skip';
  readonly failure: Failure;
}

/** Reads one line of console text; undefined when it is no outcome. */
export function parseUnityLine(line: string): UnityOutcome | undefined {
  const text = loggedText(line);
  const handler = text.indexOf(HANDLER_FAILURE);
  if (handler < 0) return text.includes(MARKER) ? outcomeIn(text) : undefined;
  const reason = text.slice(handler + '>>> '.length);
  const outcome = reason.includes(IGNORED) ? 'skip' : 'fail';
  return { outcome, failure: { message: message(reason) } };
}

/** The number that utest gives the case it is about to run. */
export function parseCaseNumber(line: string): number | undefined {
  const at = line.indexOf(NUMBER);
  if (at < 0) return undefined;
  return wholeNumber(/^\d+/.exec(line.slice(at + NUMBER.length))?.[0], 6);
}

/** The reason in utest's line that counts passes and failures. */
export function parseCountedReason(line: string): string | undefined {
  const reason = COUNTED_REASON.exec(line)?.[1];
  return reason === undefined ? undefined : message(reason);
}

function outcomeIn(text: string): UnityOutcome | undefined {
  const found = OUTCOME.exec(text);
  if (!found) return undefined;
  const [, line, word = '', said] = found;
  const before = text.slice(0, found.index);
  const isLine = FILE.test(before);
  if (word !== 'FAIL' && !isLine) return undefined;
  const file = isLine ? before : (before.split(NO_FILE).at(-1) ?? '');
  const failure = { message: message(said?.trim() || word), line: Number(line) };
  return {
    outcome: word === 'FAIL' ? 'fail' : 'skip',
    failure: FILE_WORD.test(file) ? { file: bounded(file, 512), ...failure } : failure,
  };
}

function message(text: string): string {
  return bounded(text.trim(), MAX_MESSAGE_CHARS);
}
