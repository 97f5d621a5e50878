import { type Crash, MAX_FORM_IMAGE_BYTES } from '@greenrack/farm-protocol';
import type { BlobStore } from '../store/ports.js';
import { addr2line, type CodePlace, type Places } from './addr2line.js';
import { type CrashAddress, crashAddresses } from './crash-addresses.js';

/** Crash reports whose symbols are remembered. */
const MAX_REMEMBERED = 500;
/** How long a reader waits for a look-up, its turn included. It goes on: whoever asks again has its result. */
const PATIENCE_MS = 3_000;
const LATE = 'addresses are still being looked up: ask again in a moment';
const MISSING = 'addresses stay bare: the controller has no arm-none-eabi-addr2line in its PATH';
const UNREADABLE = 'addresses stay bare: the image is no ELF file with symbols';

type Blobs = Pick<BlobStore, 'withFile' | 'sizeOf'>;

/** Says of the addresses in crash reports which function and line they are, by the image itself. */
export class CrashSymbols {
  readonly #blobs: Blobs;
  readonly #patienceMs: number;
  readonly #remembered = new Map<string, Promise<readonly string[]>>();
  #turn: Promise<unknown> = Promise.resolve();

  constructor(blobs: Blobs, patienceMs = PATIENCE_MS) {
    this.#blobs = blobs;
    this.#patienceMs = patienceMs;
  }

  /** The report with a line for each address; as it is when it has none, or its image is gone. */
  async explain(crash: Crash, imageSha256: string): Promise<Crash> {
    const addresses = crashAddresses(crash);
    const { symbols: _claimed, ...bare } = crash;
    if (addresses.length === 0) return bare;
    const symbols = await this.#patiently(this.#known(imageSha256, addresses));
    return symbols.length === 0 ? bare : { ...bare, symbols: [...symbols] };
  }

  #known(sha256: string, addresses: readonly CrashAddress[]): Promise<readonly string[]> {
    const key = [sha256, ...addresses.map(({ name, address }) => `${name}${address}`)].join(' ');
    const before = this.#remembered.get(key);
    if (before) return before;
    const lines = this.#inTurn(() => this.#lookUp(sha256, addresses));
    this.#remembered.set(key, lines);
    lines.catch(() => this.#remembered.delete(key));
    for (const oldest of this.#remembered.keys()) {
      if (this.#remembered.size <= MAX_REMEMBERED) break;
      this.#remembered.delete(oldest);
    }
    return lines;
  }

  /** A stranger's image may keep the tool busy for long, and nobody's page waits for it. */
  #patiently(lines: Promise<readonly string[]>): Promise<readonly string[]> {
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => resolve([LATE]), this.#patienceMs);
      lines.then(resolve, reject).finally(() => clearTimeout(timer));
    });
  }

  /** One at a time: many crashes at once must not take all processors. */
  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const mine = this.#turn.then(work);
    this.#turn = mine.catch(() => undefined);
    return mine;
  }

  async #lookUp(sha256: string, addresses: readonly CrashAddress[]): Promise<readonly string[]> {
    // The content of a card has no symbols, and may have to be fetched from afar.
    if (((await this.#blobs.sizeOf(sha256)) ?? 0) > MAX_FORM_IMAGE_BYTES) return [UNREADABLE];
    const at = addresses.map(({ lookUp }) => lookUp);
    const places = await this.#blobs.withFile(sha256, (path) => addr2line(path, at));
    return places === undefined ? [] : linesOf(addresses, places);
  }
}

function linesOf(addresses: readonly CrashAddress[], places: Places): readonly string[] {
  if (places === 'missing') return [MISSING];
  if (places === 'unreadable' || places.every(({ name }) => name === undefined))
    return [UNREADABLE];
  return addresses.map(({ name, address }, i) => {
    const hex = `0x${address.toString(16).padStart(8, '0')}`;
    return `${name} ${hex}: ${placeText(places[i])}`;
  });
}

function placeText(found: CodePlace | undefined): string {
  if (found?.name === undefined) return 'not in the image';
  if (found.place !== undefined) return `${found.name} at ${found.place}`;
  return found.offset === undefined ? found.name : `${found.name}+0x${found.offset.toString(16)}`;
}
