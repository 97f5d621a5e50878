import { readFileSync, statSync } from 'node:fs';
import {
  type DataSource,
  decodeText,
  jsonLineOf,
  KeyWatch,
  parseJsonOnce,
  parseOrThrow,
  yamlLineOf,
} from '@greenrack/farm-protocol';
import { parseDocument } from 'yaml';
import type { z } from 'zod';
import { errorText } from './error-text.js';
import { UsageError } from './exit-code.js';

/** What a file holds, and where. */
export interface FileData extends DataSource {
  readonly value: unknown;
}

/** Text of a file of a user, without the byte order mark that editors put in front. @throws UsageError */
export function readTextFile(file: string, maxBytes: number): string {
  const stat = statSync(file, { throwIfNoEntry: false });
  if (!stat) throw new UsageError(`${file}: no such file`);
  if (!stat.isFile()) throw new UsageError(`${file}: is no file`);
  if (stat.size > maxBytes) throw new UsageError(`${file}: is over ${maxBytes} bytes`);
  return decodeText(readFileSync(file));
}

/** Data of a JSON text. `file` is for messages. @throws UsageError for what is no JSON, and for a name that stands twice */
export function jsonData(file: string, text: string): FileData {
  try {
    const value = parseJsonOnce(text);
    return { name: file, value, lineOf: (path) => jsonLineOf(text, path) };
  } catch (error) {
    throw new UsageError(`${file}: not JSON: ${errorText(error)}`);
  }
}

/** Data of a YAML text, without aliases and tags of its own. @throws UsageError like {@link jsonData} */
export function yamlData(file: string, text: string): FileData {
  const watch = new KeyWatch();
  try {
    const options = { schema: 'core', uniqueKeys: watch.isSame, stringKeys: true } as const;
    const document = parseDocument(text, options);
    const [error] = document.errors;
    if (error) throw error;
    const value: unknown = document.toJS({ maxAliasCount: 0 });
    return { name: file, value, lineOf: (path) => yamlLineOf(text, document.contents, path) };
  } catch (error) {
    const why = watch.complaint(text) ?? errorText(error).split('\n', 1)[0];
    throw new UsageError(`${file}: ${why}`);
  }
}

/** The data of a file in the form of `schema`. @throws FarmError `invalid_spec` that names file, line and path */
export function checkedData<T extends z.ZodType>(schema: T, data: FileData): z.infer<T> {
  return parseOrThrow(schema, data.value, 'invalid_spec', data);
}
