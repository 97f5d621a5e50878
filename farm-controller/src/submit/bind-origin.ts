import type { BoundOrigin, Origin, SubmissionSpec } from '@greenrack/farm-protocol';
import { refusal, throwRefusals } from './refusal.js';

/**
 * The spec with the origin that its session is bound to. What the session's token says, nobody else may say otherwise;
 * of the rest, such as the time of the commit, whoever submits knows more.
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
  return { ...spec, origin: { ...said, ...bound } };
}
