import { bounded, wholeNumber } from '../session/bounded-text.js';

/** What the firmware announced between the handshake and its test. */
export interface Announcements {
  readonly clientVersion: string;
  readonly hostTest: string;
}

/** What a message of the preamble means to the session. */
export type PreambleStep =
  | { readonly step: 'none' }
  | { readonly step: 'budget'; readonly seconds: number }
  | { readonly step: 'damaged'; readonly text: string }
  /** An announcement came twice: the board has restarted. */
  | { readonly step: 'repeated' }
  | { readonly step: 'complete'; readonly announcements: Announcements };

const NOTHING: PreambleStep = { step: 'none' };

/** Reads `__version`, `__timeout` and `__host_test_name`, each of which comes once. */
export class Preamble {
  readonly #seen = new Set<string>();
  #clientVersion = '';

  message(key: string, value: string): PreambleStep {
    if (key !== '__version' && key !== '__timeout' && key !== '__host_test_name') return NOTHING;
    if (this.#seen.has(key)) return { step: 'repeated' };
    this.#seen.add(key);
    if (key === '__timeout') return this.#timeout(value);
    if (key === '__host_test_name') return this.#complete(value);
    this.#clientVersion = bounded(value, 64);
    return NOTHING;
  }

  #timeout(value: string): PreambleStep {
    const seconds = wholeNumber(value.trim(), 9);
    if (seconds) return { step: 'budget', seconds };
    return {
      step: 'damaged',
      text: `__timeout is no number of seconds: ${JSON.stringify(bounded(value, 80))}`,
    };
  }

  #complete(hostTest: string): PreambleStep {
    return { step: 'complete', announcements: { clientVersion: this.#clientVersion, hostTest } };
  }
}
