import { FarmError, type OidcTrustView } from '@greenrack/farm-protocol';
import type { WorkflowClaims } from './claims.js';

/**
 * The trust by which a workflow gets its session: one of its repository before one of its owner.
 * @throws FarmError `identity_untrusted` that names the claim by which the nearest one does not cover it
 */
export function chooseTrust(
  trusts: readonly OidcTrustView[],
  claims: WorkflowClaims,
): OidcTrustView {
  const near = trusts
    .filter((trust) => isNear(trust, claims))
    .sort((a, b) => rank(a) - rank(b) || (a.id < b.id ? -1 : 1));
  const found = near.find((trust) => whyNot(trust, claims) === undefined);
  if (found) return found;
  const [nearest] = near;
  const [claim, message] = (nearest && whyNot(nearest, claims)) ?? [
    'repository_id',
    `no trust covers repository ${claims.repository_id} of owner ${claims.repository_owner_id}`,
  ];
  throw untrusted(claim, message);
}

const rank = ({ repositoryId }: OidcTrustView): number => (repositoryId === undefined ? 1 : 0);

/** A repository that was transferred has the id it had, and another owner. */
function isNear(
  { issuer, repositoryOwnerId, repositoryId }: OidcTrustView,
  claims: WorkflowClaims,
) {
  return (
    issuer === claims.iss &&
    repositoryOwnerId === claims.repository_owner_id &&
    (repositoryId === undefined || repositoryId === claims.repository_id)
  );
}

function whyNot(
  { name, events, workflow }: OidcTrustView,
  claims: WorkflowClaims,
): [string, string] | undefined {
  if (!events.includes(claims.event_name))
    return [
      'event_name',
      `'${name}' takes no '${claims.event_name}'; it takes ${events.join(', ')}`,
    ];
  if (!workflow) return undefined;
  const [path] = (claims.job_workflow_ref ?? '').split('@');
  if (path !== workflow.path)
    return ['job_workflow_ref', `'${name}' wants a job of the workflow ${workflow.path}`];
  if (claims.job_workflow_sha === undefined || !workflow.shas.includes(claims.job_workflow_sha))
    return [
      'job_workflow_sha',
      `'${name}' wants ${workflow.path} at ${workflow.shas.join(' or ')}`,
    ];
  return undefined;
}

/** A good token that is not let in, by its claim. */
export function untrusted(claim: string, message: string): FarmError {
  const path = `token.${claim}`;
  return new FarmError('identity_untrusted', `${path}: ${message}`, {
    fields: [{ path, message }],
  });
}
