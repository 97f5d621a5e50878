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
  let skipped = 0;
  for await (const piece of bytesOf(url, from.token, signal)) {
    // The bytes of a hash never change: what is here already is passed over.
    const rest = piece.subarray(Math.min(piece.length, offset - skipped));
    skipped += piece.length - rest.length;
    if (rest.length > 0) yield rest;
  }
}

/** Waits for every step no longer than `signal` allows: fetch may go on waiting after it was aborted in mid-body. */
async function* bytesOf(
  url: URL,
  token: string,
  signal: AbortSignal,
): AsyncGenerator<Uint8Array, void, void> {
  const headers = { authorization: `Bearer ${token}` };
  let reader: ReadableStreamDefaultReader<Uint8Array> | undefined;
  try {
    // The token is for this controller alone.
    const response = await unlessAborted(
      signal,
      fetch(url, { headers, redirect: 'error', signal }),
    );
    if (!response.ok || !response.body) throw await unlessAborted(signal, refusal(url, response));
    reader = response.body.getReader();
    for (;;) {
      const { done, value } = await unlessAborted(signal, reader.read());
      if (done) return;
      yield value;
    }
  } catch (error) {
    signal.throwIfAborted();
    // What fetch throws when the network fails it is always this, of whatever realm.
    if (isNativeError(error) && error.name === 'TypeError')
      throw new DownloadCut(`${url.href}: ${messageOf(error.cause ?? error)}`, { cause: error });
    throw error;
  } finally {
    // Not waited for: nothing is wanted of it any more, whether it can still say so or not.
    reader?.cancel().catch(() => undefined);
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
