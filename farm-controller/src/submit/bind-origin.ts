import type { BoundOrigin, Origin, SubmissionSpec } from '@greenrack/farm-protocol';
import { refusal, throwRefusals } from './refusal.js';

/** What no session knows, and whoever built it does: it says nothing of which commit that was. */
const OWN_WORD = ['commitMs', 'dirty'] as const;

/**
 * The spec with the origin that its session is bound to. What the session's token says, nobody else may say otherwise;
 * what it leaves open of which commit that is, such as its pull request, stays open.
 * @throws FarmError `forbidden` that names each field that differs
 */
export function bindOrigin(spec: SubmissionSpec, bound: BoundOrigin | undefined): SubmissionSpec {
  if (!bound) return spec;
  const said: Partial<Origin> = spec.origin ?? {};
  const keys = Object.keys(bound) as (keyof BoundOrigin)[];
  throwRefusals(
    keys
      .filter((key) => said[key] !== undefined && said[key] !== bound[key] && key !== 'url')
      .map((key) =>
        refusal('forbidden', `origin.${key}`, `the session speaks for ${bound[key]} only`),
      ),
  );
  const own = Object.fromEntries(OWN_WORD.map((key) => [key, said[key]]));
  return { ...spec, origin: { ...own, ...bound } };
}
