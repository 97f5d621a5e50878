import { z } from 'zod';
import { displayNameSchema, subscriptionIdSchema, tenantSchema } from './ids.js';
import { textSchema } from './text.js';
import { wallMsSchema } from './units.js';

/** Subscriptions that a tenant may have. */
export const MAX_SUBSCRIPTIONS_PER_TENANT = 50;

/**
 * What is told. `nightly`: what has changed with each submission of a schedule; `newFailures`: any submission that fails
 * anew; `change`: a confirmed regression, with its commit; `board`: a board that needs hands.
 */
export const NOTICE_KINDS = ['nightly', 'newFailures', 'change', 'board'] as const;
export const noticeKindSchema = z.enum(NOTICE_KINDS);
export type NoticeKind = z.infer<typeof noticeKindSchema>;

const targetUrlSchema = z
  .url({ protocol: /^https?$/, error: 'expected an http(s) URL' })
  .max(1000)
  .regex(/^https?:\/\/[^\s@/]+(\/[\x21-\x7e]*)?$/, 'expected a URL without user and blanks');

/** Whom it is told. */
export const noticeTargetSchema = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('webhook'), url: targetUrlSchema }),
  /** An incoming webhook of Slack, or of what takes the same. */
  z.strictObject({ kind: z.literal('slack'), url: targetUrlSchema }),
  z.strictObject({
    kind: z.literal('email'),
    address: z
      .string()
      .max(254)
      .regex(/^[A-Za-z0-9._+-]{1,64}@[A-Za-z0-9.-]{1,189}$/, 'expected an address: name@host'),
  }),
]);
export type NoticeTarget = z.infer<typeof noticeTargetSchema>;

export const subscriptionRequestSchema = z.strictObject({
  name: displayNameSchema,
  kinds: z.array(noticeKindSchema).min(1).max(NOTICE_KINDS.length),
  /** As lists are filtered: `ref:main -target:k64f`. Default: everything. */
  filter: textSchema(500).default(''),
  target: noticeTargetSchema,
});
export type SubscriptionRequest = z.infer<typeof subscriptionRequestSchema>;

export const subscriptionViewSchema = z.object({
  id: subscriptionIdSchema,
  tenant: tenantSchema,
  name: z.string(),
  kinds: z.array(noticeKindSchema),
  filter: z.string(),
  /** The address, or the host of the URL: what follows may be a secret. */
  target: z.object({ kind: z.enum(['webhook', 'slack', 'email']), to: z.string() }),
  createdBy: z.string(),
  createdMs: wallMsSchema,
  /** Notices that wait, and those of 30 days that were refused for good. */
  waiting: z.number().int(),
  refused: z.number().int(),
  lastSentMs: wallMsSchema.nullable(),
  /** Why the latest refused one was. */
  lastError: z.string().nullable(),
});
export type SubscriptionView = z.infer<typeof subscriptionViewSchema>;

export const subscriptionCreatedSchema = z.object({
  subscription: subscriptionViewSchema,
  /** Of a webhook: what its messages are signed with. It is shown once. */
  secret: z.string().optional(),
});

export const noticeTestSchema = z.object({ delivered: z.boolean(), detail: z.string() });

/** What a notice is about; filters look here. */
export const noticeFactsSchema = z.object({
  kind: z.enum([...NOTICE_KINDS, 'test', 'digest']),
  /** Of the submission. */
  name: z.string().optional(),
  schedule: z.string().optional(),
  repository: z.string().optional(),
  ref: z.string().optional(),
  sha: z.string().optional(),
  submissionId: z.string().optional(),
  changeId: z.string().optional(),
  conclusion: z.string().optional(),
  targets: z.array(z.string()).optional(),
  images: z.array(z.string()).optional(),
  boards: z.array(z.string()).optional(),
});
export type NoticeFacts = z.infer<typeof noticeFactsSchema>;

/** What a webhook gets, with `X-Greenrack-Signature`: HMAC-SHA256 over the timestamp, a dot and the body. */
export const noticeSchema = z.object({
  version: z.literal(1),
  /** The same when it is sent again. */
  id: z.string(),
  atMs: wallMsSchema,
  title: z.string(),
  /** In lines, for people. */
  text: z.string(),
  facts: noticeFactsSchema,
  /** Page of the farm that has more. */
  url: z.string().optional(),
});
export type Notice = z.infer<typeof noticeSchema>;
