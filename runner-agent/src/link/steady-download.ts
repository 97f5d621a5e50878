import { setTimeout as delay } from 'node:timers/promises';
import { messageOf } from '../deadline.js';
import type { Logger } from '../logger.js';
import { DownloadCut, downloadImage } from './image-download.js';

/** Tries in a row that bring nothing, while there is a link to the controller. */
const TRIES = 3;
/** Between such tries, in ms. */
const PAUSE_MS = 1000;
/** The longest time that a timer takes: only a welcome, or the end, comes before. */
const LONGEST_MS = 2 ** 31 - 1;

/** What a download knows of the link to the controllers. */
export interface DownloadLink {
  /** The controller in use, or tried next. */
  from(): { readonly url: string; readonly token: string };
  /** A controller has greeted us, and the connection stands. */
  isUp(): boolean;
  /** Calls `listener` whenever a controller greets us, until what it answers is called. */
  onWelcome(listener: () => void): () => void;
  readonly log: Logger;
}

/**
 * The bytes of an image from `offset` on, whatever becomes of the controller meanwhile: a download that is cut goes on where it was when
 * there is a controller again, until `signal` ends it. A new welcome cuts it too: the controller that it came from may
 * be gone without a word.
 * @throws DownloadCut when nothing comes although the link stands; Error that says what the controller answered
 */
export async function* steadyDownload(
  link: DownloadLink,
  { sha256, offset }: { readonly sha256: string; readonly offset: number },
  signal: AbortSignal,
): AsyncGenerator<Uint8Array, void, void> {
  let received = offset;
  signal.throwIfAborted();
  for (let tries = TRIES; ; ) {
    const before = received;
    const attempt = new AbortController();
    const stopListening = link.onWelcome(() => attempt.abort(new DownloadCut('a new connection')));
    const end = (): void => attempt.abort(signal.reason);
    signal.addEventListener('abort', end);
    try {
      for await (const piece of downloadImage(link.from(), sha256, received, attempt.signal)) {
        received += piece.length;
        yield piece;
      }
      return;
    } catch (error) {
      if (!(error instanceof DownloadCut)) throw error;
      const isNew = attempt.signal.aborted || received > before || !link.isUp();
      tries = isNew ? TRIES : tries - 1;
      if (tries === 0) throw error;
      link.log.warn({ sha256, received, why: messageOf(error) }, 'a download was cut: it goes on');
      await aborted(attempt.signal, link.isUp() ? PAUSE_MS : LONGEST_MS);
      if (signal.aborted)
        throw new DownloadCut(`${messageOf(error)}; it could not go on in the time that it has`);
    } finally {
      stopListening();
      signal.removeEventListener('abort', end);
    }
  }
}

/** Resolves when the signal is aborted, or after `ms`. */
async function aborted(signal: AbortSignal, ms: number): Promise<void> {
  await delay(ms, undefined, { signal }).catch(() => undefined);
}
