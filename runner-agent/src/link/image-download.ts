import { z } from 'zod';

const problemSchema = z.object({ detail: z.string().max(2000) });

/** Fetches the bytes of an image from a controller. @throws Error that says what the controller answered. */
export async function downloadImage(
  from: { readonly url: string; readonly token: string },
  sha256: string,
  signal: AbortSignal,
): Promise<AsyncIterable<Uint8Array>> {
  const url = new URL(`/api/v1/images/${sha256}`, from.url);
  const response = await fetch(url, {
    headers: { authorization: `Bearer ${from.token}` },
    // The token is for this controller alone.
    redirect: 'error',
    signal,
  });
  if (response.ok && response.body) return response.body;
  throw new Error(`${url.href}: HTTP ${response.status} ${await detailOf(response)}`);
}

async function detailOf(response: Response): Promise<string> {
  try {
    return problemSchema.parse(await response.json()).detail;
  } catch {
    // Not one of our controllers' problem documents: the status has to do.
    return response.statusText;
  }
}
