import { ROLES, type Role } from '@greenrack/farm-protocol';

/** Whether somebody may stop or change what belongs to a tenant: its submitters may, and operators may everything. */
export function mayChange(who: { readonly role: Role; readonly tenant: string }, tenant: string) {
  return mayDo(who.role, who.tenant === tenant ? 'submitter' : 'operator');
}

/** Whether a role may do what `needed` may: roles rise, `agent` stands apart. */
export function mayDo(role: Role, needed: (typeof ROLES)[number]): boolean {
  if (role === 'agent') return false;
  return ROLES.indexOf(role) >= ROLES.indexOf(needed);
}
