import { DeadlineError, messageOf, unlessAborted, within } from '../deadline.js';
import type { Logger } from '../logger.js';
import { DownloadCut, downloadImage } from './image-download.js';

/** Tries in a row that bring nothing, while there is a link to the controller. */
const TRIES = 3;
/** Between such tries, in ms. */
const PAUSE_MS = 1000;

/** What a download knows of the link to the controllers. */
export interface DownloadLink {
  /** The controller in use, or tried next. */
  from(): { readonly url: string; readonly token: string };
  /** A controller has greeted us, and the connection stands. */
  isUp(): boolean;
  /** Resolves when a controller greets us the next time. */
  nextWelcome(): Promise<void>;
  readonly log: Logger;
}

/**
 * The bytes of an image, whatever becomes of the controller meanwhile: a download that is cut goes on where it was when
 * there is a controller again, until `signal` ends it.
 * @throws DownloadCut when nothing comes although the link stands; Error that says what the controller answered
 */
export async function* steadyDownload(
  link: DownloadLink,
  sha256: string,
  signal: AbortSignal,
): AsyncGenerator<Uint8Array, void, void> {
  let received = 0;
  for (let tries = TRIES; ; ) {
    const before = received;
    // Asked for before the try: a welcome during it is not missed.
    let isGreeted = false;
    const welcome = link.nextWelcome().then(() => {
      isGreeted = true;
    });
    try {
      for await (const piece of downloadImage(link.from(), sha256, received, signal)) {
        received += piece.length;
        yield piece;
      }
      return;
    } catch (error) {
      if (!(error instanceof DownloadCut)) throw error;
      tries = received > before || isGreeted || !link.isUp() ? TRIES : tries - 1;
      if (tries === 0) throw error;
      link.log.warn({ sha256, received, why: messageOf(error) }, 'a download was cut: it goes on');
      await unlessAborted(signal, link.isUp() ? pauseOr(welcome) : welcome).catch(() => {
        throw new DownloadCut(`${messageOf(error)}; it could not go on in the time that it has`);
      });
    }
  }
}

async function pauseOr(welcome: Promise<void>): Promise<void> {
  try {
    await within(PAUSE_MS, 'welcome', welcome);
  } catch (error) {
    if (!(error instanceof DeadlineError)) throw error;
  }
}
