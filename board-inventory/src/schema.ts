import {
  agentNameSchema,
  boardNameSchema,
  boardSerialSchema,
  boardTimingSchema,
  boardWiringSchema,
  displayNameSchema,
  fileNameSchema,
  fixtureSchema,
  IMAGE_FORMATS,
  imageFormatSchema,
  tagSchema,
  targetNameSchema,
} from '@greenrack/farm-protocol';
import { z } from 'zod';

const addressSchema = z.number().int().min(0).max(0xffff_ffff);

/** A stretch of memory that an image may be loaded into. */
export const memoryRegionSchema = z.strictObject({
  name: displayNameSchema,
  address: addressSchema,
  sizeBytes: z.number().int().min(1).max(0x1_0000_0000),
});
export type MemoryRegion = z.infer<typeof memoryRegionSchema>;

const modelNameSchema = z
  .string()
  .regex(/^[a-z0-9][a-z0-9-]{0,63}$/, 'expected a model name (a-z, 0-9, -)');

/** In front of a path that is relative to the clone: images built there are found by copies of the inventory elsewhere. */
export const IN_CLONE = 'clone:';

const goldenImageSchema = z
  .string()
  .max(1000)
  .refine(
    (path) => fileNameSchema.safeParse(lastPart(path)).success,
    'expected the path of a file',
  );

function lastPart(path: string): string {
  const below = path.startsWith(IN_CLONE) ? path.slice(IN_CLONE.length) : path;
  return below.split('/').at(-1) ?? '';
}

/** One kind of board: `models/<name>.yaml`. The order of the fields here is the order in the file. */
export const boardModelSchema = z.strictObject({
  name: modelNameSchema,
  target: targetNameSchema,
  title: displayNameSchema,
  driver: boardWiringSchema.shape.driver,
  /** Parameters for the driver that every board of this model shares. */
  params: boardWiringSchema.shape.params.default({}),
  /** Where boards of this model differ from what the Mbed target table and the driver say. */
  timing: boardTimingSchema.optional(),
  /** In rising order, without overlap. */
  memory: z.array(memoryRegionSchema).min(1).max(64),
  /**
   * Where the core finds its vector table after a reset, for boards that hold nothing but the image: one that brings
   * none there, or one that leads out of the memory, never runs. Left out where a boot loader may stay on the board.
   */
  vectorTable: addressSchema.optional(),
  imageFormats: z.array(imageFormatSchema).min(1).max(IMAGE_FORMATS.length),
  /**
   * An image that passes on every sound board of this model. Relative to the inventory's folder; behind `clone:` relative
   * to the clone of Greenrack that reads it.
   */
  goldenImage: goldenImageSchema.optional(),
  /** Hard bound on one attempt with it, in ms. Default 120 000. */
  goldenTimeoutMs: z.number().int().min(1000).max(3_600_000).optional(),
});
export type BoardModel = z.infer<typeof boardModelSchema>;

export const rackBoardSchema = z.strictObject({
  serial: boardSerialSchema,
  /** What people call it, for boards whose serial nobody can tell from another. Unique in the farm. */
  name: boardNameSchema.optional(),
  model: modelNameSchema,
  tags: z.array(tagSchema).max(32).default([]),
  fixtures: z.array(fixtureSchema).max(32).default([]),
  /** Parameters of this board alone; they overrule the model's. */
  params: boardWiringSchema.shape.params.default({}),
  /** Timing of this board alone; it overrules the model's. */
  timing: boardTimingSchema.optional(),
});
export type RackBoard = z.infer<typeof rackBoardSchema>;

/** The boards of one agent: `racks/<any name>.yaml`. */
export const rackSchema = z.strictObject({
  agent: agentNameSchema,
  boards: z.array(rackBoardSchema).max(1000),
});
export type Rack = z.infer<typeof rackSchema>;
