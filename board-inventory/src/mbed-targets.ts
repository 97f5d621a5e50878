import { readFileSync } from 'node:fs';
import { boardTimingSchema } from '@greenrack/farm-protocol';
import { z } from 'zod';

const mbedTargetSchema = z.strictObject({
  name: z.string(),
  /** First four hex digits of the USB id of this target's probe; empty when it has none. */
  detectCodes: z.array(z.string().regex(/^[0-9a-f]{4}$/)),
  core: z.string(),
  /** On-chip sizes; null when not known. */
  flashBytes: z.number().int().nullable(),
  ramBytes: z.number().int().nullable(),
  /** From a reset until the firmware reads its console, where it is longer than usual. */
  resetDelayMs: boardTimingSchema.shape.resetDelayMs,
  /** For targets that lose bytes of a burst. */
  writePaceUsPerByte: boardTimingSchema.shape.writePaceUsPerByte,
});
export type MbedTarget = z.infer<typeof mbedTargetSchema>;

const tableSchema = z.strictObject({
  provenance: z.array(z.string()),
  targets: z.array(mbedTargetSchema),
});

let loaded: ReadonlyMap<string, MbedTarget> | undefined;

/** Mbed's public targets by name. Read once, at the first call. */
export function mbedTargets(): ReadonlyMap<string, MbedTarget> {
  loaded ??= readTable();
  return loaded;
}

function readTable(): ReadonlyMap<string, MbedTarget> {
  const file = new URL('../data/mbed-targets.json', import.meta.url);
  const table = tableSchema.parse(JSON.parse(readFileSync(file, 'utf8')));
  return new Map(table.targets.map((target) => [target.name, target]));
}
