/*
 * Host → board:  {{ key ; value }} LF
 * The board's tokenizer takes letters, digits, white space and _ - ! @ # $ % ^ & * ( ) = + : < > , . / ? \ " ' only; any
 * other byte ends the token and the message is lost. After }} it swallows one byte, so there is exactly one LF.
 */
const TOKEN = /^[A-Za-z0-9 \t_\-!@#$%^&*()=+:<>,./?\\"']+$/;
/** Longest message, in bytes: far more than any board has room for. */
const MAX_MESSAGE_BYTES = 4096;
/** Flushes the tokenizer of the board before the first message. */
export const WAKE = 'mbed'.repeat(10);

/** A text that the board could not parse. */
export class UnsendableMessageError extends Error {
  constructor(part: 'key' | 'value', text: string, why: string) {
    super(`cannot send the ${part} ${JSON.stringify(text.slice(0, 80))}: ${why}`);
    this.name = 'UnsendableMessageError';
  }
}

function check(part: 'key' | 'value', text: string): void {
  if (text === '') throw new UnsendableMessageError(part, text, 'it is empty');
  if (text.length > MAX_MESSAGE_BYTES)
    throw new UnsendableMessageError(part, text, `it is longer than ${MAX_MESSAGE_BYTES} bytes`);
  if (/^[ \t]/.test(text))
    throw new UnsendableMessageError(part, text, 'the board drops leading white space');
  if (!TOKEN.test(text))
    throw new UnsendableMessageError(
      part,
      text,
      'the board accepts ASCII without { } ; | [ ] ~ ` only',
    );
}

/**
 * The bytes of one message to the board.
 * @throws UnsendableMessageError when the board could not parse it.
 */
export function encodeMessage(key: string, value: string): Uint8Array {
  check('key', key);
  check('value', value);
  return Buffer.from(`{{${key};${value}}}\n`, 'latin1');
}

/** The first bytes to a board that may be waiting for `__sync`. */
export function encodeSync(uuid: string): Uint8Array {
  return Buffer.concat([Buffer.from(WAKE), encodeMessage('__sync', uuid)]);
}
