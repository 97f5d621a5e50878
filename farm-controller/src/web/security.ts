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

/** What a browser could be tricked into asking of us; see {@link whyForeign}. */
export interface HostRules {
  /** Names of this controller besides `localhost` and that of its machine. */
  readonly hostNames: readonly string[];
}

/**
 * Why a request must be refused as made by another web site; empty when it need not.
 * A page can point its own host name at our address (DNS rebinding) or open a WebSocket to us, and would read whatever
 * needs no token: metrics, health, with anonymous viewing all of the farm. Browsers state host and origin truthfully, so
 * both are checked, on every route alike. An address in place of a name cannot be pointed anywhere.
 */
export function whyForeign(req: IncomingMessage, rules: HostRules): string {
  const host = req.headers.host ?? '';
  if (!isOurName(host, rules.hostNames))
    return `Host '${host.slice(0, 100)}' is not a name of this controller: add it to GREENRACK_HOST_NAMES, or use its address`;
  const origin = req.headers.origin;
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
export function refuseForeign(rules: HostRules) {
  return (req: Request, _res: Response, next: NextFunction): void => {
    const why = whyForeign(req, rules);
    next(why === '' ? undefined : new FarmError('forbidden', why));
  };
}
