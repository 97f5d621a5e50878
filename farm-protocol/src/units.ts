import { z } from 'zod';

/** Milliseconds since the Unix epoch. */
export const wallMsSchema = z.number().int().min(0).max(8.64e15);
/** A span in milliseconds; at most 30 days. */
export const durationMsSchema = z.number().int().min(0).max(2_592_000_000);
/** Microseconds since the attempt began, from the agent's monotonic clock. */
export const offsetUsSchema = z.number().int().min(0).max(Number.MAX_SAFE_INTEGER);
export const byteCountSchema = z.number().int().min(0).max(Number.MAX_SAFE_INTEGER);
/** Units a metric may have; the dashboards know how to print each. */
export const METRIC_UNITS = [
  'ns',
  'us',
  'ms',
  's',
  'cycles',
  'instructions',
  'bytes',
  'bytes_per_second',
  'per_second',
  'count',
  'percent',
  'uA',
  'mA',
  'uC',
  'mJ',
  'mV',
] as const;
export const metricUnitSchema = z.enum(METRIC_UNITS);
export type MetricUnit = z.infer<typeof metricUnitSchema>;

/** Largest image, in bytes: what a FAT file system takes, and any card image of a build. */
export const MAX_IMAGE_BYTES = 4 * 1024 * 1024 * 1024;
/** Largest that a submission's form carries, in bytes: what is larger is uploaded before. No image for flash is larger. */
export const MAX_FORM_IMAGE_BYTES = 64 * 1024 * 1024;
/** Pieces of an upload, in bytes, unpacked. The last one may be shorter. */
export const MIN_PIECE_BYTES = 1024 * 1024;
export const MAX_PIECE_BYTES = 64 * 1024 * 1024;
/** Largest spec file, in bytes. */
export const MAX_SPEC_BYTES = 1024 * 1024;
/** Images and runs that one submission may hold. */
export const MAX_IMAGES_PER_SUBMISSION = 1000;
export const MAX_RUNS_PER_SUBMISSION = 5000;
/** Largest console log of one attempt, in bytes; beyond it the attempt ends with `outputLimit`. */
export const MAX_CONSOLE_BYTES = 256 * 1024 * 1024;
