import { type SpecRun, type SubmissionSpec, UNTRUSTED_TAG } from '@greenrack/farm-protocol';
import { type Refusal, refusal, throwRefusals } from './refusal.js';

/** Longest that one attempt of a stranger may hold a board, in ms. */
const MAX_TIMEOUT_MS = 600_000;
/** Of a requirement. */
const MAX_TAGS = 16;

/**
 * The spec as one of a stranger: on boards that are for them, after everybody else. A run that is run again, for whatever
 * reason, keeps its tags, and so stays what it is.
 * @throws FarmError `invalid_spec` that names the fields that ask for more than a stranger gets
 */
export function asUntrusted(spec: SubmissionSpec): SubmissionSpec {
  throwRefusals(spec.runs.flatMap((run, i) => tooMuch(run, `runs[${i}]`)));
  const runs = spec.runs.map((run) => ({
    ...tagged(run),
    ...(run.partners && { partners: run.partners.map(tagged) }),
  }));
  return { ...spec, priority: 'low', runs };
}

function tooMuch(run: SpecRun, path: string): Refusal[] {
  const refuse = (field: string, message: string) => [
    refusal('invalid_spec', `${path}.${field}`, message),
  ];
  if ((run.timeoutMs ?? 0) > MAX_TIMEOUT_MS)
    return refuse('timeoutMs', `at most ${MAX_TIMEOUT_MS} for firmware of strangers`);
  const most = Math.max(...[run, ...(run.partners ?? [])].map((one) => tagged(one).tags.length));
  return most > MAX_TAGS ? refuse('tags', `more than ${MAX_TAGS}, with ${UNTRUSTED_TAG}`) : [];
}

const tagged = <T extends Pick<SpecRun, 'tags'>>(part: T): T & { tags: string[] } => ({
  ...part,
  tags: [...new Set([UNTRUSTED_TAG, ...(part.tags ?? [])])],
});
