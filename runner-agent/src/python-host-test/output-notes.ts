import { clip } from '../deadline.js';

/** Notes that the output of one host test may become. */
export const MAX_OUTPUT_NOTES = 100;
/** A note is cut at 4000 characters. */
const MAX_PENDING_CHARS = 4000;

/** Turns what a host test prints and logs into notes, and no more of them than a record should hold. */
export class OutputNotes {
  #count = 0;
  #pending = '';

  constructor(private readonly note: (text: string) => void) {}

  /** Takes printed text, cut anywhere; the lines that have arrived together are one note. */
  print(text: string): void {
    const whole = this.#pending + text;
    const end = whole.lastIndexOf('\n') + 1;
    const isLong = whole.length - end > MAX_PENDING_CHARS;
    this.#pending = isLong ? '' : whole.slice(end);
    const lines = (isLong ? whole : whole.slice(0, end)).trimEnd();
    if (lines !== '') this.add(lines);
  }

  add(text: string): void {
    if (++this.#count <= MAX_OUTPUT_NOTES) this.note(clip(text, MAX_PENDING_CHARS));
    if (this.#count === MAX_OUTPUT_NOTES) this.note('further output of the host test is not kept');
  }
}
