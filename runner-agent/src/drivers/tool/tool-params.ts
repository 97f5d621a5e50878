import { z } from 'zod';
import { identityParams } from '../flasher/board-identity.js';
import { driveParams } from '../flasher/drive-locator.js';
import { executableSchema } from './run-tool.js';

/** A word that is handed to a tool: never an option, never several words. */
export const wordSchema = z
  .string()
  .regex(
    /^[A-Za-z0-9_][A-Za-z0-9_.:,/+-]{0,127}$/,
    'expected one word (letters, digits, _ . : , / + -)',
  );

/** Serial number of a probe, as the tool lists it. */
export const probeSchema = z
  .string()
  .regex(/^[A-Za-z0-9]{1,64}$/, 'expected the serial number of a probe');

export const addressSchema = z.number().int().min(0).max(0xffff_ffff);

/** Fields of every flash tool's parameters. */
export const toolFields = (executable: string, sectorBytes = 4096) => ({
  executable: executableSchema.default(executable),
  ...identityParams,
  root: driveParams.root,
  /** Longest run of the tool, in ms. */
  timeoutMs: z.number().int().min(1).max(600_000).default(55_000),
  /** Size of an erase sector of the target, in bytes; for the count of wear. */
  sectorBytes: z.number().int().min(128).max(1_048_576).default(sectorBytes),
});

export const hexAddress = (address: number): string => `0x${address.toString(16).padStart(8, '0')}`;
