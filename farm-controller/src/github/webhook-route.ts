import { cleanText, FarmError } from '@greenrack/farm-protocol';
import { z } from 'zod';
import { readBody } from '../web/read-body.js';
import { jsonRoute, type Route } from '../web/route.js';
import { type GithubEvent, readEvent } from './github-event.js';
import { isSigned } from './webhook-signature.js';

/** Largest delivery, in bytes. A push of thousands of commits is larger, and its pull request comes by itself. */
const MAX_DELIVERY_BYTES = 2 * 1024 * 1024;

const headersSchema = z.object({
  'x-github-event': z.string().regex(/^[a-z_]{1,64}$/),
  'x-github-delivery': z.string().regex(/^[0-9A-Za-z-]{1,64}$/),
});

export interface WebhookDeps {
  /** One, or two while one is exchanged for the other. */
  readonly secrets: readonly string[];
  /** Keeps the event and what it makes due, in one transaction. False for a delivery that has come before. */
  readonly keep: (delivery: { id: string; name: string; event?: GithubEvent }) => Promise<boolean>;
  readonly now: () => number;
}

/** Takes what GitHub tells. It answers when the event is kept; the work comes after. */
export function webhookRoute({ secrets, keep, now }: WebhookDeps): Route {
  return jsonRoute({
    method: 'post',
    path: '/github/webhook',
    role: 'none',
    summary: 'Deliveries of GitHub, signed with the secret of the App',
    consumes: { 'application/json': z.object({}) },
    response: z.object({ kept: z.boolean() }),
    handler: async ({ req }) => {
      const body = await readBody(req, MAX_DELIVERY_BYTES, 'delivery');
      if (!isSigned(body, req.get('x-hub-signature-256'), secrets))
        throw new FarmError(
          'unauthorized',
          'the delivery is not signed with the secret of the App',
        );
      const { id, name } = namedBy(req.headers);
      const event = eventOf(name, body, now());
      return { kept: await keep({ id, name, ...(event && { event }) }) };
    },
  });
}

function namedBy(headers: object): { id: string; name: string } {
  const result = headersSchema.safeParse(headers);
  if (!result.success)
    throw new FarmError('invalid_request', 'X-GitHub-Event and X-GitHub-Delivery: expected both');
  return { id: result.data['x-github-delivery'], name: result.data['x-github-event'] };
}

function eventOf(name: string, body: Uint8Array, nowMs: number): GithubEvent | undefined {
  try {
    return readEvent(name, JSON.parse(Buffer.from(body).toString('utf8')), nowMs);
  } catch (cause) {
    const why = cause instanceof Error ? cleanText(cause.message.slice(0, 500)) : 'no JSON';
    throw new FarmError('invalid_request', `delivery of ${name}: ${why}`, { cause });
  }
}
