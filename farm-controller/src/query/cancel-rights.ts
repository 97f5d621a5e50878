import { FarmError, type SubmissionView } from '@greenrack/farm-protocol';
import { type Principal, roleCovers } from '../web/principal.js';

/** Submitters may stop what their own tenant submitted; operators may stop everything. @throws FarmError `forbidden` */
export function requireCancelRight(principal: Principal, submission: SubmissionView): void {
  const { bound } = principal;
  const { repository, sha } = submission.origin ?? {};
  if (bound && (bound.repository !== repository || bound.sha !== sha))
    throw new FarmError('forbidden', `${submission.id} is of another commit than this session`);
  if (principal.tenant === submission.tenant || roleCovers(principal.role, 'operator')) return;
  throw new FarmError(
    'forbidden',
    `${submission.id} belongs to tenant ${submission.tenant}: only it and operators may cancel it`,
  );
}
