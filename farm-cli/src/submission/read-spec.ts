import { readFileSync, statSync } from 'node:fs';
import {
  MAX_SPEC_BYTES,
  parseOrThrow,
  type SubmissionSpec,
  submissionSpecSchema,
} from '@greenrack/farm-protocol';
import { parse } from 'yaml';
import type { z } from 'zod';
import { errorText } from '../error-text.js';
import { UsageError } from '../exit-code.js';

/** Whether a path is a spec by its name. */
export const isSpecName = (path: string): boolean => /\.(ya?ml|json)$/i.test(path);

/** Reads YAML or JSON of a schema, bounded in size and without aliases. @throws UsageError or FarmError naming the file. */
export function readDataFile<T extends z.ZodType>(schema: T, file: string): z.infer<T> {
  return parseOrThrow(schema, parseData(readText(file), file), 'invalid_spec', file);
}

/** A submission's spec from its file. */
export const readSpec = (file: string): SubmissionSpec => readDataFile(submissionSpecSchema, file);

function readText(file: string): string {
  const size = statSync(file, { throwIfNoEntry: false })?.size;
  if (size === undefined) throw new UsageError(`${file}: no such file`);
  if (size > MAX_SPEC_BYTES) throw new UsageError(`${file}: is over ${MAX_SPEC_BYTES} bytes`);
  return readFileSync(file, 'utf8');
}

function parseData(text: string, file: string): unknown {
  try {
    return parse(text, { schema: 'core', maxAliasCount: 0, stringKeys: true });
  } catch (error) {
    const message = errorText(error).split('\n', 1)[0];
    throw new UsageError(`${file}: ${message}`);
  }
}
