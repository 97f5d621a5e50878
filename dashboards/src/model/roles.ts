import { ROLES, type Role } from '@greenrack/farm-protocol';

/** Whether a role may do what `needed` may: roles rise, `agent` stands apart. */
export function mayDo(role: Role, needed: (typeof ROLES)[number]): boolean {
  if (role === 'agent') return false;
  return ROLES.indexOf(role) >= ROLES.indexOf(needed);
}
