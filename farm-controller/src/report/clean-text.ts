/** Colours and cursor moves of a terminal: CSI sequences, OSC titles, and two-character escapes. */
const TERMINAL_CODES =
  /\u001b(?:\[[0-?]*[ -/]*[@-~]|\][^\u0007\u001b]*(?:\u0007|\u001b\\)|[@-Z\\-_])/g;
/** Characters that XML 1.0 forbids or that no report should carry, but for tab and line feed. */
const UNFIT = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\ufffe\uffff]|\p{Surrogate}/gu;

/** Line breaks of other systems, and two that only some readers take for one. */
const LINE_BREAKS = /\r\n|[\u2028\u2029]/g;

/** Most characters of evidence that one case puts into a report. */
const MAX_DETAIL_CHARS = 64 * 1024;

/** Text from firmware, fit for any report format: no terminal codes, no control characters, no half characters. */
export function cleanText(text: string): string {
  return text.replace(TERMINAL_CODES, '').replace(LINE_BREAKS, '\n').replace(UNFIT, '\ufffd');
}

/** The same on one line, for names. */
export function cleanLine(text: string): string {
  return (
    cleanText(text)
      .replace(/[\n\t]+/g, ' ')
      .trim() || '(no name)'
  );
}

/** Cleaned, and cut where evidence turns into bulk: the whole is in the console log. */
export function cleanDetail(text: string): string {
  if (text.length <= MAX_DETAIL_CHARS) return cleanText(text);
  return `${cleanText(text.slice(0, MAX_DETAIL_CHARS))}\n[cut: the console log has the rest]`;
}
