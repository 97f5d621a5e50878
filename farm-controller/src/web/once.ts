import { createHash } from 'node:crypto';
import { parseOrThrow } from '@greenrack/farm-protocol';
import { z } from 'zod';
import type { RouteContext, RouteFacts } from './route.js';

/** Header of a request that may be sent again when its answer got lost. */
export const IDEMPOTENCY_KEY = 'Idempotency-Key';

export const idempotencyKeySchema = z
  .string()
  .regex(/^[\x21-\x7e]{1,128}$/, 'expected 1 to 128 printable ASCII characters without blanks')
  .describe(
    'A name of your own for this request, new for each: sent again with it, the same request makes nothing anew.',
  );

/** Whether a route makes something: then it takes an {@link IDEMPOTENCY_KEY}. */
export const creates = ({ method, status }: RouteFacts): boolean =>
  method === 'post' && status === 201;

/** The key of a request, checked. @throws FarmError `invalid_request` */
export function idempotencyKeyOf(header: string | undefined): string | undefined {
  if (header === undefined) return undefined;
  return parseOrThrow(idempotencyKeySchema, header, 'invalid_request', IDEMPOTENCY_KEY);
}

/**
 * A request that is to be carried out once; undefined when the client gave it no key.
 * @param asked - all that makes it this request and no other, besides its route
 */
export function onceOf(
  {
    idempotencyKey,
    principal,
    req,
  }: Pick<RouteContext<unknown, unknown, unknown>, 'idempotencyKey' | 'principal' | 'req'>,
  asked: unknown,
): { tenant: string; key: string; digest: string } | undefined {
  if (idempotencyKey === undefined) return undefined;
  const whole = JSON.stringify([req.method, req.path, asked]);
  const digest = createHash('sha256').update(whole).digest('hex');
  return { tenant: principal.tenant, key: idempotencyKey, digest };
}
