import type { GithubHeadRow } from '../store/for-stages.js';

const SUFFIX = '/forks';
const MAX_TENANT_CHARS = 64;

/** Whom the images of forks are charged to: they take nothing from the tenant whose repository it is. */
export const forkTenant = (tenant: string): string =>
  `${tenant.slice(0, MAX_TENANT_CHARS - SUFFIX.length)}${SUFFIX}`;

/** Whose submissions count for a commit. */
export const tenantsOfHead = ({
  tenant,
  fork,
}: Pick<GithubHeadRow, 'tenant'> & Partial<Pick<GithubHeadRow, 'fork'>>): readonly string[] =>
  fork === 1 ? [tenant, forkTenant(tenant)] : [tenant];
