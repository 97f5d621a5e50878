import { FarmError, type Role } from '@greenrack/farm-protocol';
import { type Principal, roleCovers } from '../web/principal.js';

/**
 * Lets a principal pass that may do what `role` may.
 * @throws FarmError `forbidden`
 */
export function requireRole(principal: Principal, role: Role): void {
  if (roleCovers(principal.role, role)) return;
  const message = `${principal.name} has the role ${principal.role}; this needs ${role}`;
  throw new FarmError('forbidden', message);
}
