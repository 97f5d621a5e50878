/*
 * Telnet (RFC 854) as serial port servers speak it, with the com port option (RFC 2217):
 *
 *   ff ff                        one data byte 255
 *   ff fb|fc|fd|fe <option>      WILL | WONT | DO | DONT
 *   ff fa <option> … ff f0       subnegotiation; 255 within is doubled too
 *
 *   com port option 2c:  client ──▶ 01 <baud, 4 bytes>   ◀── 65 <baud that is set, 4 bytes>
 *                                   05 05 / 05 06        break on / off; the answers are 100 more
 *                                   0c 01                drop what was received and not yet sent
 *
 * ff fd 06 (timing mark, RFC 860) is answered by WILL or WONT when all before it has been dealt with.
 */
const IAC = 0xff;
const SB = 0xfa;
const SE = 0xf0;
export const WILL = 0xfb;
export const WONT = 0xfc;
export const DO = 0xfd;
export const DONT = 0xfe;
export const OPTION = { binary: 0, suppressGoAhead: 3, timingMark: 6, comPort: 44 } as const;
/** Longest subnegotiation that a server has reason to send. */
const MAX_SUB_BYTES = 256;

/** What comes out of a telnet stream. */
export interface TelnetListener {
  data(bytes: Uint8Array): void;
  /** `verb` is one of WILL, WONT, DO, DONT. */
  option(verb: number, option: number): void;
  subnegotiation(option: number, payload: Uint8Array): void;
}

/** Takes telnet apart, however its bytes are cut. */
export class TelnetReader {
  readonly #listener: TelnetListener;
  #state: 'data' | 'iac' | 'option' | 'sub' | 'subIac' = 'data';
  #verb = 0;
  #sub: number[] = [];

  constructor(listener: TelnetListener) {
    this.#listener = listener;
  }

  push(bytes: Uint8Array): void {
    let from = 0;
    let at = 0;
    while (at < bytes.length) {
      if (this.#state !== 'data') {
        if (this.#command(bytes[at++] ?? 0)) this.#listener.data(Uint8Array.of(IAC));
        from = at;
        continue;
      }
      const iac = bytes.indexOf(IAC, at);
      at = iac < 0 ? bytes.length : iac;
      if (at > from) this.#listener.data(bytes.slice(from, at));
      if (iac < 0) return;
      this.#state = 'iac';
      from = ++at;
    }
  }

  /** One byte that is not data. Answers whether it makes a data byte 255 after all. */
  #command(byte: number): boolean {
    if (this.#state === 'iac') return this.#afterIac(byte);
    if (this.#state === 'option') {
      this.#state = 'data';
      this.#listener.option(this.#verb, byte);
    } else if (this.#state === 'sub') {
      if (byte === IAC) this.#state = 'subIac';
      else this.#collect(byte);
    } else this.#afterSubIac(byte);
    return false;
  }

  #afterIac(byte: number): boolean {
    this.#state = byte === SB ? 'sub' : byte >= WILL && byte <= DONT ? 'option' : 'data';
    this.#verb = byte;
    this.#sub = [];
    return byte === IAC;
  }

  #afterSubIac(byte: number): void {
    this.#state = byte === SE ? 'data' : 'sub';
    if (byte === IAC) this.#collect(byte);
    if (byte !== SE) return;
    const [option, ...payload] = this.#sub;
    if (option !== undefined) this.#listener.subnegotiation(option, Uint8Array.from(payload));
  }

  #collect(byte: number): void {
    if (this.#sub.length < MAX_SUB_BYTES) this.#sub.push(byte);
  }
}

/** Data as it goes over the wire: each 255 doubled. */
export function escapeData(bytes: Uint8Array): Uint8Array {
  if (!bytes.includes(IAC)) return bytes;
  return Uint8Array.from([...bytes].flatMap((byte) => (byte === IAC ? [IAC, IAC] : [byte])));
}

export const optionBytes = (verb: number, option: number): Uint8Array =>
  Uint8Array.of(IAC, verb, option);

/** A subnegotiation of the com port option. */
export function comPortBytes(command: number, payload: readonly number[]): Uint8Array {
  const escaped = escapeData(Uint8Array.from(payload));
  return Uint8Array.of(IAC, SB, OPTION.comPort, command, ...escaped, IAC, SE);
}
