import { z } from 'zod';
import { cleanText } from './text.js';

/** A string schema whose message says what was expected and what came. */
const shaped = (pattern: RegExp, expected: string) =>
  z
    .string()
    .max(256)
    .regex(pattern, { error: (issue) => `expected ${expected}, got ${describe(issue.input)}` });

function describe(input: unknown): string {
  if (typeof input !== 'string') return typeof input;
  const shown = input.length > 40 ? `${input.slice(0, 40)}…` : input;
  return `${JSON.stringify(shown)} (${input.length} characters)`;
}

/** SHA-256 of a file's bytes: the name of an immutable image or artifact. */
export const sha256Schema = shaped(/^[0-9a-f]{64}$/, '64 lower-case hex digits');

/** Ids sort by creation time: 48 bits of milliseconds, then 64 random bits, in Crockford base 32. */
const id = (prefix: string) =>
  shaped(new RegExp(`^${prefix}_[0-9a-z]{23}$`), `an id like ${prefix}_…`);

export const submissionIdSchema = id('sub');
export const runIdSchema = id('run');
export const attemptIdSchema = id('att');
export const leaseIdSchema = id('lea');
export const tokenIdSchema = id('tok');
export const dutyIdSchema = id('dty');
export const scheduleIdSchema = id('sch');
export const trustIdSchema = id('trs');
export const quarantineIdSchema = id('qrt');
export const auditIdSchema = id('aud');
export const subscriptionIdSchema = id('sbn');
/** These name what they are the hash of: a test, a series, an environment has its id for ever. */
export const testIdSchema = id('tst');
export const seriesIdSchema = id('ser');
export const environmentIdSchema = id('env');
export const changeIdSchema = id('chg');

/** Serial number of a board: unique in the farm; for USB boards the probe's serial. */
export const boardSerialSchema = shaped(
  /^[A-Za-z0-9][A-Za-z0-9._:-]{0,63}$/,
  'a board serial (letters, digits, . _ : -)',
);
/** What people call a board; the serial stays what names it in requests. */
export const boardNameSchema = shaped(
  /^(?! )[^\p{C}\p{Zl}\p{Zp}]{1,40}(?<! )$/u,
  'a board name: one line of 1 to 40 characters, no space at its ends',
);
/** Mbed target name, such as `K64F` or `ARM_CM3DS_MPS2`. */
export const targetNameSchema = shaped(
  /^[A-Z0-9][A-Z0-9_]{0,63}$/,
  'an Mbed target name (A-Z, 0-9, _)',
);
export const agentNameSchema = shaped(
  /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/,
  'an agent name (letters, digits, . _ -)',
);
/** Whom a submission is charged to when lanes are shared out fairly. */
export const tenantSchema = shaped(
  /^[A-Za-z0-9][A-Za-z0-9._/-]{0,63}$/,
  'a tenant name (letters, digits, . _ / -)',
);
/** Tenant of what the farm does for itself, such as health checks. */
export const SYSTEM_TENANT = 'farm';
/** What one of several boards of a run is in it: `server`, `client`. */
export const partSchema = shaped(/^[a-z][a-z0-9-]{0,15}$/, 'a role (a-z, 0-9, -, at most 16)');
export const tagSchema = shaped(/^[a-z0-9][a-z0-9._-]{0,39}$/, 'a tag (a-z, 0-9, . _ -)');
/** A fixture with an optional parameter: `ethernet`, `ppk2`, `loopback:D2-D3`. */
export const fixtureSchema = shaped(
  /^[a-z0-9][a-z0-9_-]{0,31}(:[A-Za-z0-9._-]{1,63})?$/,
  'a fixture (name or name:parameter)',
);
/** A bare file name: it can never leave the directory it is put in. */
export const fileNameSchema = shaped(
  /^(?!\.)[A-Za-z0-9._+@ ()[\]-]{1,128}$/,
  'a bare file name (no directories, no leading dot, at most 128 characters)',
);
/** Names that people read: one line, no control characters. */
export const displayNameSchema = shaped(
  /^[^\u0000-\u001f\u007f]{1,200}$/,
  'one line of 1 to 200 characters',
).overwrite(cleanText);
