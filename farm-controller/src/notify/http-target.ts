import { once } from 'node:events';
import { type IncomingMessage, request as plainRequest } from 'node:http';
import { request as secureRequest } from 'node:https';
import { RefusedError } from './refused.js';
import { type Networks, type Resolve, safeAddress } from './safe-address.js';

const TIMEOUT_MS = 15_000;
/** What may take the same message another time. */
const PASSING = new Set([408, 425, 429]);

/** Where messages may go. */
export interface Reach {
  /** Private addresses that are allowed. */
  readonly allowed: Networks;
  /** Default: the system. */
  readonly resolve?: Resolve;
}

/** A message for a web server. */
export interface HttpMessage {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/**
 * Posts a message. Nothing is followed: where a redirect leads was looked at by nobody.
 * @throws RefusedError for an answer that will stay the same; Error for trouble that passes
 */
export async function postMessage(
  { url, headers, body }: HttpMessage,
  { allowed, resolve }: Reach,
  signal: AbortSignal,
): Promise<void> {
  const { protocol, hostname, host } = new URL(url);
  const { address, family } = await safeAddress(hostname, allowed, resolve);
  const send = protocol === 'https:' ? secureRequest : plainRequest;
  const request = send(url, {
    method: 'POST',
    headers: { ...headers, 'content-length': Buffer.byteLength(body) },
    signal: AbortSignal.any([signal, AbortSignal.timeout(TIMEOUT_MS)]),
    agent: false,
    lookup: (_host, options, answer) =>
      options.all ? answer(null, [{ address, family }]) : answer(null, address, family),
  });
  // Whoever waits for the answer hears of an error; one that comes after it must not end the process.
  request.on('error', () => undefined);
  request.end(body);
  const [response] = (await once(request, 'response')) as [IncomingMessage];
  const { statusCode: status = 0 } = response;
  // What it has to say is of no use here, and may be without end.
  response.destroy();
  if (status >= 200 && status < 300) return;
  const message = `${host} answered with status ${status}`;
  if (status >= 500 || PASSING.has(status)) throw new Error(message);
  throw new RefusedError(status < 400 ? `${message}: redirects are not followed` : message);
}
