import { readFileSync, statSync } from 'node:fs';
import {
  decodeText,
  FarmError,
  KeyWatch,
  parseOrThrow,
  yamlLineOf,
} from '@greenrack/farm-protocol';
import { type Document, parseDocument } from 'yaml';
import type { z } from 'zod';

/** Largest inventory file, in bytes: a rack of 1000 boards with fixtures stays below a fifth of it. */
export const MAX_YAML_BYTES = 1024 * 1024;
/** Deepest nesting of lists and maps. */
export const MAX_YAML_DEPTH = 16;

/**
 * Parses YAML that may be hostile: bounded in size and depth, without aliases, tags or repeated keys.
 * @param file shown in messages only.
 * @throws FarmError `invalid_configuration` that names file, line and what is wrong.
 */
export function parseYaml(text: string, file: string): Document.Parsed {
  if (Buffer.byteLength(text) > MAX_YAML_BYTES)
    throw wrong(file, `is over ${MAX_YAML_BYTES} bytes; split it`);
  const watch = new KeyWatch();
  const document = parseBounded(text, file, watch);
  const twice = watch.complaint(text);
  if (twice !== undefined) throw wrong(file, twice);
  const problem = document.errors[0] ?? document.warnings[0];
  if (problem?.code === 'RESOURCE_EXHAUSTION') throw tooDeep(file, problem);
  if (problem) throw wrong(file, firstLine(problem.message), problem);
  return document;
}

/** The data of a parsed document. @throws FarmError for aliases, and for nesting over {@link MAX_YAML_DEPTH}. */
export function yamlData(document: Document.Parsed, file: string): unknown {
  const data = toPlain(document, file);
  if (isDeeper(data, MAX_YAML_DEPTH)) throw tooDeep(file);
  return data;
}

/** Reads one inventory file and checks it against its schema. @throws FarmError `invalid_configuration` naming file and path. */
export function readYaml<T extends z.ZodType>(schema: T, file: string): z.infer<T> {
  return checkYaml(schema, readBounded(file), file);
}

/** The same for a text; `file` is for messages. @throws FarmError `invalid_configuration` naming file, line and path */
export function checkYaml<T extends z.ZodType>(schema: T, text: string, file: string): z.infer<T> {
  const document = parseYaml(text, file);
  return parseOrThrow(schema, yamlData(document, file), 'invalid_configuration', {
    name: file,
    lineOf: (path) => yamlLineOf(text, document.contents, path),
  });
}

/** Reads a text file, but not more than an inventory file may hold. */
export function readBounded(file: string): string {
  try {
    if (statSync(file).size > MAX_YAML_BYTES)
      throw wrong(file, `is over ${MAX_YAML_BYTES} bytes; split it`);
    return decodeText(readFileSync(file));
  } catch (error) {
    if (error instanceof FarmError) throw error;
    throw wrong(file, `cannot be read: ${error instanceof Error ? error.message : error}`, error);
  }
}

function toPlain(document: Document.Parsed, file: string): unknown {
  try {
    return document.toJS({ maxAliasCount: 0 });
  } catch (error) {
    if (error instanceof RangeError) throw tooDeep(file, error);
    throw wrong(file, 'uses an alias (*name); write the value out', error);
  }
}

function parseBounded(text: string, file: string, { isSame }: KeyWatch): Document.Parsed {
  try {
    return parseDocument(text, { schema: 'core', uniqueKeys: isSame, stringKeys: true });
  } catch (error) {
    // The parser recurses in places where it does not watch the stack itself.
    if (error instanceof RangeError) throw tooDeep(file, error);
    throw wrong(file, `is no YAML: ${error instanceof Error ? firstLine(error.message) : error}`);
  }
}

function tooDeep(file: string, cause?: unknown): FarmError {
  return wrong(file, `is nested deeper than ${MAX_YAML_DEPTH} levels`, cause);
}

function isDeeper(value: unknown, levels: number): boolean {
  if (typeof value !== 'object' || value === null) return false;
  if (levels === 0) return true;
  return Object.values(value).some((child) => isDeeper(child, levels - 1));
}

function firstLine(message: string): string {
  return message.split('\n', 1)[0] ?? message;
}

function wrong(file: string, what: string, cause?: unknown): FarmError {
  return new FarmError('invalid_configuration', `${file}: ${what}`, { context: { file }, cause });
}
