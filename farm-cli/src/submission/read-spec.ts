import {
  MAX_SPEC_BYTES,
  type SubmissionSpec,
  submissionSpecSchema,
} from '@greenrack/farm-protocol';
import type { z } from 'zod';
import { checkedData, jsonData, readTextFile, yamlData } from '../data-file.js';

/** Whether a path is a spec by its name. */
export const isSpecName = (path: string): boolean => /\.(ya?ml|json)$/i.test(path);

/** Reads YAML or JSON of a schema, bounded in size and without aliases. @throws UsageError or FarmError naming the file. */
export function readDataFile<T extends z.ZodType>(schema: T, file: string): z.infer<T> {
  const text = readTextFile(file, MAX_SPEC_BYTES);
  return checkedData(schema, /\.json$/i.test(file) ? jsonData(file, text) : yamlData(file, text));
}

/** A submission's spec from its file. */
export const readSpec = (file: string): SubmissionSpec => readDataFile(submissionSpecSchema, file);
