import { z } from 'zod';
import { tokenTenantSchema, tokenViewSchema } from './api.js';
import { trustIdSchema } from './ids.js';
import { originSchema, repositorySchema } from './origin.js';
import { wallMsSchema } from './units.js';

/** Longest token of a workflow that is looked at, in characters; those with many custom properties have 3 000. */
export const MAX_OIDC_TOKEN_CHARS = 16_384;

/**
 * Events whose workflows run what is in the repository. Those that hand write access to code from elsewhere
 * (`pull_request_target`, `workflow_run`, `issue_comment`) must be named.
 */
export const USUAL_EVENTS = [
  'push',
  'pull_request',
  'merge_group',
  'workflow_dispatch',
  'schedule',
  'release',
] as const;

const githubIdSchema = z.number().int().min(1).max(Number.MAX_SAFE_INTEGER);
const commitSchema = z
  .string()
  .regex(
    /^([0-9a-f]{40}|[0-9a-f]{64})$/,
    'expected a whole commit: 40 or 64 lower-case hex digits',
  );

/** What a trust is called. */
export const trustNameSchema = z
  .string()
  .regex(/^[\w][\w./ -]{0,99}$/, 'expected 1 to 100 letters, digits, blanks, . _ / -');

const trustFields = {
  name: trustNameSchema,
  /** Who signs its tokens; one that the controller is configured with. Default: the first of them. */
  issuer: z
    .url({ protocol: /^https?$/ })
    .max(300)
    .optional(),
  /** Ids stay what they are when a repository is renamed, and are nobody else's when its name is taken over. */
  repositoryOwnerId: githubIdSchema,
  /** Default: every repository of the owner. */
  repositoryId: githubIdSchema.optional(),
  tenant: tokenTenantSchema.default('default'),
  /** What its sessions may do. */
  role: z.enum(['viewer', 'submitter']).default('submitter'),
  events: z
    .array(z.string().regex(/^[a-z_]{1,64}$/, 'expected the name of an event, such as push'))
    .min(1)
    .max(32)
    .default([...USUAL_EVENTS]),
  /** Only jobs of this reusable workflow, at one of these commits. */
  workflow: z
    .strictObject({
      path: z
        .string()
        .max(300)
        .regex(
          /^[\w.-]+\/[\w.-]+\/\.github\/workflows\/[\w.-]+\.ya?ml$/,
          'expected owner/name/.github/workflows/file.yml',
        ),
      shas: z.array(commitSchema).min(1).max(32),
    })
    .optional(),
};

/** Which workflows may get a session, and for whom. */
export const oidcTrustRequestSchema = z.strictObject(trustFields);
export type OidcTrustRequest = z.infer<typeof oidcTrustRequestSchema>;

export const oidcTrustViewSchema = z.object({
  ...trustFields,
  id: trustIdSchema,
  issuer: z.string(),
  createdMs: wallMsSchema,
});
export type OidcTrustView = z.infer<typeof oidcTrustViewSchema>;

/** The commit that a session may speak for, as its token says. */
export const boundOriginSchema = originSchema.extend({ repository: repositorySchema });
export type BoundOrigin = z.infer<typeof boundOriginSchema>;

export const oidcExchangeRequestSchema = z.strictObject({
  token: z
    .string()
    .max(MAX_OIDC_TOKEN_CHARS)
    .regex(/^[\w-]+\.[\w-]+\.[\w-]+$/, 'expected a signed token of three parts'),
});
/** A session: its secret is good until it expires, for submissions of this origin only. */
export const oidcSessionSchema = z.object({
  token: tokenViewSchema,
  secret: z.string(),
  origin: boundOriginSchema,
});
export type OidcSession = z.infer<typeof oidcSessionSchema>;
