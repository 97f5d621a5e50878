import { shown, TestFailure } from './conversation.js';

/** A whole number in decimal digits. @throws TestFailure when the board sent something else. */
export function decimal(text: string, what: string): number {
  const digits = text.trim();
  if (/^-?\d{1,15}$/.test(digits)) return Number(digits);
  throw new TestFailure(`${what} is no whole number: ${shown(text)}`);
}

/** A whole number in hexadecimal digits. @throws TestFailure when the board sent something else. */
export function hex(text: string, what: string): number {
  const digits = text.trim();
  if (/^(0x)?[0-9a-fA-F]{1,12}$/.test(digits)) return Number.parseInt(digits, 16);
  throw new TestFailure(`${what} is no hexadecimal number: ${shown(text)}`);
}

/** Two values with a comma between them. @throws TestFailure when there are not two. */
export function pair(text: string, what: string): [string, string] {
  const [first, second, ...more] = text.split(',');
  if (first !== undefined && second !== undefined && more.length === 0) return [first, second];
  throw new TestFailure(`${what} is no pair of values: ${shown(text)}`);
}

/** `value` in lower-case hexadecimal, at least `digits` long. */
export function toHex(value: number, digits: number): string {
  return value.toString(16).padStart(digits, '0');
}
