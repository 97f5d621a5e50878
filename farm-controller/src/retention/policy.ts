import { readYaml } from '@greenrack/board-inventory';
import {
  type KeptDays,
  type RetentionPolicy,
  retentionPolicySchema,
  STREAM_DATA,
} from '@greenrack/farm-protocol';

export const DAY_MS = 86_400_000;
/** Idempotency keys, which clients use within minutes. */
export const KEYS_KEPT_MS = 2 * DAY_MS;
/** Who did what: past a year, so that last year's audit can be followed. */
export const AUDIT_KEPT_MS = 400 * DAY_MS;
/** Commits at GitHub, as long as GitHub keeps their checks. */
export const CHECKS_KEPT_MS = 400 * DAY_MS;

/** What a farm keeps that says nothing else. */
export const DEFAULT_POLICY: RetentionPolicy = retentionPolicySchema.parse({});

/** @throws FarmError `invalid_configuration` that names file, line and field */
export function readPolicy(file: string): RetentionPolicy {
  return readYaml(retentionPolicySchema, file);
}

/** What is older than this goes; undefined: nothing ever does. */
export function endOf(kept: KeptDays, nowMs: number): number | undefined {
  return kept === 'forever' ? undefined : nowMs - kept * DAY_MS;
}

/** Kinds of streams, with the columns of a submission that say when they were removed. */
export const REMOVALS = STREAM_DATA.map(
  (data) => ({ data, column: `${data}_removed_ms` }) as const,
);
export type Removal = (typeof REMOVALS)[number];
