import { type BoundOrigin, ROLES, type Role } from '@greenrack/farm-protocol';

/** Who makes a request. */
export interface Principal {
  readonly name: string;
  readonly role: Role;
  readonly tenant: string;
  /** Null for anonymous viewers. */
  readonly tokenId: string | null;
  /** When the token ceases to be good, in ms since the epoch; null for never. */
  readonly expiresMs: number | null;
  /** Of a session of a workflow: the only commit that it may speak for. It changes nothing else. */
  readonly bound?: BoundOrigin;
}

/**
 * Finds out who holds a secret; `undefined` when the request carried none.
 * @throws FarmError `unauthorized`
 */
export type Authenticate = (secret: string | undefined) => Promise<Principal>;

/** Stands in for the caller on routes that ask for no role. */
export const NOBODY: Principal = {
  name: 'nobody',
  role: 'viewer',
  tenant: 'default',
  tokenId: null,
  expiresMs: null,
};

/** Whether `role` may do what `needed` may: roles rise, `agent` stands apart. */
export function roleCovers(role: Role, needed: Role): boolean {
  if (role === 'agent' || needed === 'agent') return role === needed;
  return ROLES.indexOf(role) >= ROLES.indexOf(needed);
}

/** The secret of an `Authorization: Bearer …` header; undefined without one. */
export function bearerOf(header: string | undefined): string | undefined {
  return header?.match(/^Bearer +([\x21-\x7e]{1,512})$/i)?.[1];
}
