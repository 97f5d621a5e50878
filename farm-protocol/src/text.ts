import { z } from 'zod';

/** What UTF-8 cannot carry and PostgreSQL cannot hold: NUL, and halves of surrogate pairs. */
const UNSTORABLE = /[\u0000\p{Surrogate}]/gu;

/** The text with U+FFFD for each character that some process or database on its way could not take. */
export function cleanText(text: string): string {
  return text.replace(UNSTORABLE, '\ufffd');
}

/** Free text that crosses a process: of at most `max` UTF-16 units, and clean. */
export const textSchema = (max: number) => z.string().max(max).overwrite(cleanText);
