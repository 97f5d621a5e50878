import { isNativeError } from 'node:util/types';
import { z } from 'zod';
import { messageOf, unlessAborted } from '../deadline.js';

const problemSchema = z.object({ detail: z.string().max(2000) });
/** What a proxy, or a controller that is going or coming, answers: not a word about the image. */
const NOT_NOW = new Set([502, 503, 504]);

// Its first use loads Node's HTTP client, which takes a while: here no board waits for that.
void new Headers();

/** The controller, or the way to it, went away: asking again may help. */
export class DownloadCut extends Error {}

/**
 * Fetches the bytes of an image from a controller, from the byte `offset` on.
 * @throws DownloadCut; Error that says what the controller answered
 */
export async function* downloadImage(
  from: { readonly url: string; readonly token: string },
  sha256: string,
  offset: number,
  signal: AbortSignal,
): AsyncGenerator<Uint8Array, void, void> {
  const url = new URL(`/api/v1/images/${sha256}`, from.url);
  const { bytes, isWhole } = await ask(url, { token: from.token, offset, signal });
  let skipped = isWhole ? 0 : offset;
  for await (const piece of bytes) {
    // The bytes of a hash never change: what is here already is passed over, if it comes again.
    const rest = piece.subarray(Math.min(piece.length, offset - skipped));
    skipped += piece.length - rest.length;
    if (rest.length > 0) yield rest;
  }
}

interface Asked {
  readonly token: string;
  readonly offset: number;
  readonly signal: AbortSignal;
}

interface Answer {
  readonly bytes: AsyncIterable<Uint8Array>;
  /** From the first byte on, whatever was asked for: a controller that knows no ranges. */
  readonly isWhole: boolean;
}

const NOTHING: Answer = { bytes: (async function* () {})(), isWhole: false };

async function ask(url: URL, { token, offset, signal }: Asked): Promise<Answer> {
  const range = offset > 0 ? { range: `bytes=${offset}-` } : undefined;
  const headers = { authorization: `Bearer ${token}`, ...range };
  return await asCut(url, signal, async () => {
    // The token is for this controller alone.
    const response = await unlessAborted(
      signal,
      fetch(url, { headers, redirect: 'error', signal }),
    );
    // There is nothing behind what is here already.
    if (range && response.status === 416) return NOTHING;
    if (!response.ok || !response.body) throw await unlessAborted(signal, refusal(url, response));
    const bytes = bytesOf(url, response.body, signal);
    return { bytes, isWhole: response.status !== 206 };
  });
}

/** Waits for every step no longer than `signal` allows: fetch may go on waiting after it was aborted in mid-body. */
async function* bytesOf(
  url: URL,
  body: ReadableStream<Uint8Array>,
  signal: AbortSignal,
): AsyncGenerator<Uint8Array, void, void> {
  const reader = body.getReader();
  try {
    for (;;) {
      const { done, value } = await asCut(url, signal, () => unlessAborted(signal, reader.read()));
      if (done) return;
      yield value;
    }
  } finally {
    // Not waited for: nothing is wanted of it any more, whether it can still say so or not.
    reader.cancel().catch(() => undefined);
  }
}

async function asCut<T>(url: URL, signal: AbortSignal, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    signal.throwIfAborted();
    // What fetch throws when the network fails it is always this, of whatever realm.
    if (isNativeError(error) && error.name === 'TypeError')
      throw new DownloadCut(`${url.href}: ${messageOf(error.cause ?? error)}`, { cause: error });
    throw error;
  }
}

async function refusal(url: URL, response: Response): Promise<Error> {
  const text = `${url.href}: HTTP ${response.status} ${await detailOf(response)}`;
  return NOT_NOW.has(response.status) ? new DownloadCut(text) : new Error(text);
}

async function detailOf(response: Response): Promise<string> {
  try {
    return problemSchema.parse(await response.json()).detail;
  } catch {
    // Not one of our controllers' problem documents: the status has to do.
    return response.statusText;
  }
}
