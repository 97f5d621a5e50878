import {
  FarmError,
  fieldErrors,
  MAX_RUNS_PER_SUBMISSION,
  parseJsonInSteps,
  parseOrThrow,
  type SpecRun,
  type SubmissionSpec,
  specRunSchema,
  submissionSpecSchema,
} from '@greenrack/farm-protocol';
import { z } from 'zod';
import { inTurns } from '../timing/turns.js';
import { type Reader, readYaml } from './read-yaml.js';
import { type Findings, refusal, refuseFound } from './refusal.js';

/** All of a spec but its runs: those are looked at one by one, so that thousands hold up nobody. */
const frameSchema = submissionSpecSchema.extend({
  runs: z.array(z.unknown()).min(1).max(MAX_RUNS_PER_SUBMISSION),
});

/**
 * Reads a spec in JSON or YAML. YAML here is data only: no tags of its own, aliases and depth are bounded, so a small
 * file cannot grow into a large one.
 * @throws FarmError `invalid_spec` that names every wrong field
 */
export async function parseSpec(
  bytes: Uint8Array,
  mime: string,
  reader: Reader,
): Promise<SubmissionSpec> {
  const value = await parseText(utf8(bytes), mime, reader);
  const frame = parseOrThrow(frameSchema, value, 'invalid_spec', 'spec');
  const runs: SpecRun[] = [];
  await refuseFound(readRuns(frame.runs, runs));
  return { ...frame, runs };
}

/** Puts every run into `good`, or says what is wrong with it. */
function* readRuns(raw: readonly unknown[], good: SpecRun[]): Findings {
  for (const [i, run] of raw.entries()) {
    const { success, data, error } = specRunSchema.safeParse(run);
    if (success) good.push(data);
    yield undefined;
    for (const { path, message } of success ? [] : fieldErrors(placed(error, ['runs', i])))
      yield refusal('invalid_spec', path, message);
  }
}

function placed(error: z.ZodError, at: readonly PropertyKey[]): z.ZodError {
  return new z.ZodError(error.issues.map((issue) => ({ ...issue, path: [...at, ...issue.path] })));
}

function utf8(bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch (error) {
    throw unreadable('it is not UTF-8 text', error);
  }
}

async function parseText(text: string, mime: string, reader: Reader): Promise<unknown> {
  const isJson =
    mime.includes('json') || (!mime.includes('yaml') && text.trimStart().startsWith('{'));
  if (isJson) return parseJson(text);
  const outcome = await readYaml(text, reader);
  if (outcome.ok) return outcome.value;
  throw unreadable(`it is not YAML: ${firstLine(outcome.why)}`, undefined);
}

async function parseJson(text: string): Promise<unknown> {
  try {
    return await inTurns(parseJsonInSteps(text));
  } catch (error) {
    const why = error instanceof Error ? error.message : '';
    throw unreadable(`it is not JSON: ${firstLine(why)}`, error);
  }
}

function firstLine(text: string): string {
  return text.split('\n', 1)[0]?.slice(0, 300) ?? '';
}

function unreadable(why: string, cause: unknown): FarmError {
  const fields = [{ path: '(whole)', message: why }];
  return new FarmError('invalid_spec', `spec: ${why}`, { fields, cause });
}
