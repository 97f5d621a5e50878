import { WAKE } from './outgoing-message.js';

/** Messages that wait for their echo; a console that loses some must not cost memory. */
const MAX_WAITING = 64;

/**
 * Tells our own words from the firmware's, on a console that returns what it is sent. An echo is byte for byte what was
 * sent, and stands before any answer to it. The first message has its wake string right before it, which no firmware
 * prints there; once such a console has answered the handshake, every later message is expected back once.
 */
export class EchoWatch {
  #wakeStands = false;
  readonly #echoedSyncs = new Set<string>();
  #bytes = 0;
  #isEchoing = false;
  readonly #waiting: string[] = [];

  /** Bytes that the console has returned, without line ends. */
  get bytes(): number {
    return this.#bytes;
  }

  /** The firmware has answered this `__sync`: whether that came back before it tells what this console does. */
  answered(uuid: string): void {
    this.#isEchoing = this.#echoedSyncs.has(uuid);
    this.#waiting.length = 0;
  }

  /** A message without the wake string was sent. */
  sent(key: string, value: string): void {
    if (!this.#isEchoing) return;
    this.#waiting.push(`${key};${value}`);
    if (this.#waiting.length > MAX_WAITING) this.#waiting.shift();
  }

  /** Takes a line; true when it is the wake string of ours, before the message that follows on the same line. */
  line(text: string): boolean {
    this.#wakeStands = text.endsWith(WAKE);
    return this.#wakeStands;
  }

  /** Takes a message; true when it is the echo of one of ours. */
  message(key: string, value: string): boolean {
    const isSync = this.#wakeStands && key === '__sync';
    this.#wakeStands = false;
    if (isSync) this.#returned(value);
    return isSync || (this.#waiting.length > 0 && this.#isDue(`${key};${value}`));
  }

  #returned(uuid: string): void {
    this.#bytes += WAKE.length + '{{__sync;}}'.length + uuid.length;
    if (this.#echoedSyncs.size < MAX_WAITING) this.#echoedSyncs.add(uuid);
  }

  /** What was sent before the one that came back got lost on its way. */
  #isDue(sent: string): boolean {
    const at = this.#waiting.indexOf(sent);
    if (at >= 0) this.#waiting.splice(0, at + 1);
    return at >= 0;
  }
}
