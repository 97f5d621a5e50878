import {
  FarmError,
  parseOrThrow,
  type SubmissionSpec,
  submissionSpecSchema,
} from '@greenrack/farm-protocol';
import { parse as parseYaml } from 'yaml';

/**
 * Reads a spec in JSON or YAML. YAML here is data only: no tags of its own, and aliases are bounded, so a small file
 * cannot grow into a large one.
 * @throws FarmError `invalid_spec` that names every wrong field
 */
export function parseSpec(bytes: Uint8Array, mime: string): SubmissionSpec {
  return checkSpecShape(parseText(utf8(bytes), mime));
}

/** @throws FarmError `invalid_spec` that names every wrong field */
export function checkSpecShape(value: unknown): SubmissionSpec {
  return parseOrThrow(submissionSpecSchema, value, 'invalid_spec', 'spec');
}

function utf8(bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch (error) {
    throw unreadable('it is not UTF-8 text', error);
  }
}

function parseText(text: string, mime: string): unknown {
  const isJson =
    mime.includes('json') || (!mime.includes('yaml') && text.trimStart().startsWith('{'));
  try {
    if (isJson) return JSON.parse(text);
    return parseYaml(text, {
      schema: 'core',
      maxAliasCount: 50,
      uniqueKeys: true,
      logLevel: 'error',
    });
  } catch (error) {
    const why = error instanceof Error ? error.message.split('\n')[0] : '';
    throw unreadable(`it is not ${isJson ? 'JSON' : 'YAML'}: ${why?.slice(0, 300)}`, error);
  }
}

function unreadable(why: string, cause: unknown): FarmError {
  const fields = [{ path: '(whole)', message: why }];
  return new FarmError('invalid_spec', `spec: ${why}`, { fields, cause });
}
