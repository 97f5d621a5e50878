import type { Migration } from '../migration.js';

/** An attempt has a lease for each of its boards: they are found by the attempt. */
export const leasesOfAttempts: Migration = {
  version: 19,
  name: 'leases-of-attempts',
  statements: [`create index leases_of_attempt on leases (attempt_id) where state = 'active'`],
};
