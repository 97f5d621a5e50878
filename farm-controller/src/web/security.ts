import type { IncomingMessage } from 'node:http';
import { isIP } from 'node:net';
import { hostname } from 'node:os';
import { FarmError } from '@greenrack/farm-protocol';
import type { NextFunction, Request, Response } from 'express';

const HEADERS: Readonly<Record<string, string>> = {
  'Content-Security-Policy': [
    "default-src 'self'",
    "connect-src 'self' ws: wss:",
    "img-src 'self' data:",
    "style-src 'self' 'unsafe-inline'",
    "frame-ancestors 'none'",
    "base-uri 'none'",
    "form-action 'self'",
    "object-src 'none'",
  ].join('; '),
  'X-Content-Type-Options': 'nosniff',
  'X-Frame-Options': 'DENY',
  'Referrer-Policy': 'no-referrer',
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Resource-Policy': 'same-origin',
};

/** Headers that keep a browser from doing with our answers what we did not mean. */
export function securityHeaders(_req: Request, res: Response, next: NextFunction): void {
  for (const [name, value] of Object.entries(HEADERS)) res.setHeader(name, value);
  next();
}

/** Names that nobody outside can point at another machine. */
const OWN_NAMES = ['localhost', hostname().toLowerCase(), `${hostname().toLowerCase()}.local`];

/**
 * Refuses what is asked for by a name that is not ours.
 * @throws FarmError `forbidden`
 */
export type CheckHost = (req: IncomingMessage) => void;

/**
 * The check of whatever is answered without a token: metrics, health, pages, with anonymous viewing all of the farm. A
 * page can point its own host name at our address (DNS rebinding) and would read it; browsers state the host truthfully.
 * No page has a token that it was not given, so who shows a good one may use any name. An address in place of a name
 * cannot be pointed anywhere.
 * @param names of this controller besides `localhost` and that of its machine
 */
export function hostCheck(names: readonly string[]): CheckHost {
  return ({ headers: { host = '' } }) => {
    if (isOurName(host, names)) return;
    throw new FarmError(
      'forbidden',
      `Host '${host.slice(0, 100)}' is not a name of this controller: add it to GREENRACK_HOST_NAMES, use its address, or show a token`,
    );
  };
}

/**
 * Why a request must be refused as made by another web site; empty when it need not: a page can post to us, or open a
 * WebSocket. Browsers state the origin truthfully.
 */
export function whyForeign(req: IncomingMessage): string {
  const { host = '', origin } = req.headers;
  if (origin === undefined || req.method === 'HEAD' || isPlainGet(req)) return '';
  return originHost(origin) === host.toLowerCase()
    ? ''
    : `Origin '${origin.slice(0, 100)}' is another site than '${host.slice(0, 100)}'`;
}

/** A GET that is no WebSocket handshake: without CORS headers the other site cannot read its answer. */
function isPlainGet(req: IncomingMessage): boolean {
  return req.method === 'GET' && req.headers.upgrade === undefined;
}

function isOurName(host: string, names: readonly string[]): boolean {
  const name = host.replace(/:\d{1,5}$/, '').toLowerCase();
  if (isIP(name.replace(/^\[(.*)\]$/, '$1')) !== 0) return true;
  return OWN_NAMES.includes(name) || names.some((ours) => ours.toLowerCase() === name);
}

function originHost(origin: string): string {
  try {
    return new URL(origin).host;
  } catch {
    // `null` (sandboxed pages) and garbage are nobody's origin.
    return '';
  }
}

/** Refuses requests that another web site made a browser send. */
export function refuseForeign(req: Request, _res: Response, next: NextFunction): void {
  const why = whyForeign(req);
  next(why === '' ? undefined : new FarmError('forbidden', why));
}
