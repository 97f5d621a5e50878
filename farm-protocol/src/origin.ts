import { z } from 'zod';
import { textSchema } from './text.js';
import { wallMsSchema } from './units.js';

/** A commit as git names it: SHA-1 or SHA-256, whole. */
const commitSchema = z
  .string()
  .regex(
    /^([0-9a-f]{40}|[0-9a-f]{64})$/,
    'expected a whole commit: 40 or 64 lower-case hex digits',
  );

/** Host and path of a repository, without scheme, user and `.git`: `github.com/mbed-ce/mbed-os`. */
export const repositorySchema = z
  .string()
  .max(300)
  .regex(
    /^[a-z0-9.-]+(:\d{1,5})?(\/[A-Za-z0-9._~+-]+)+$/,
    'expected host and path, such as github.com/mbed-ce/mbed-os',
  );

/** A ref in full: `refs/heads/main`, `refs/tags/v1.2`, `refs/pull/7/merge`. */
export const refSchema = z
  .string()
  .max(255)
  .regex(/^refs\/[^\s~^:?*[\\\p{Cc}]+$/u, 'expected a whole ref, such as refs/heads/main');

/** The commit that a submission was built from, as whoever submitted it says. */
export const originSchema = z.strictObject({
  repository: repositorySchema.optional(),
  ref: refSchema.optional(),
  sha: commitSchema,
  /** What a pull request is compared with. */
  baseSha: commitSchema.optional(),
  pullRequest: z.number().int().min(1).max(2_000_000_000).optional(),
  commitMs: wallMsSchema.optional(),
  /** The work tree had changes on top of the commit: nobody else can build the same. */
  dirty: z.boolean().optional(),
  /** What built it: `github-actions`, `gitlab-ci`, `jenkins`, or the name of a machine. */
  builtBy: z
    .string()
    .regex(/^[\w.-]{1,64}$/, 'expected a name of letters, digits, dots and dashes')
    .optional(),
  /** Page of the build. */
  url: z
    .url({ protocol: /^https?$/, error: 'expected an http(s) URL' })
    .max(1000)
    .regex(/^[\x21-\x7e]+$/, 'expected a URL without blanks or control characters')
    .optional(),
});
export type Origin = z.infer<typeof originSchema>;

/** How an image was built; with the commit this is the identity of a build. */
export const buildSchema = z.strictObject({
  toolchain: textSchema(64).min(1).optional(),
  /** `debug`, `develop`, `release`, or another name. */
  profile: textSchema(64).min(1).optional(),
  /** Name or hash of what else the build was configured with. */
  configuration: textSchema(128).min(1).optional(),
});
export type Build = z.infer<typeof buildSchema>;
