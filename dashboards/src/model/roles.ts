import { ROLES, type Role } from '@greenrack/farm-protocol';

/** Whether somebody may stop what a tenant submitted: its submitters may, and operators stop everything. */
export function mayCancel(who: { readonly role: Role; readonly tenant: string }, tenant: string) {
  return mayDo(who.role, who.tenant === tenant ? 'submitter' : 'operator');
}

/** Whether a role may do what `needed` may: roles rise, `agent` stands apart. */
export function mayDo(role: Role, needed: (typeof ROLES)[number]): boolean {
  if (role === 'agent') return false;
  return ROLES.indexOf(role) >= ROLES.indexOf(needed);
}
