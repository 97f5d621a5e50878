import { requirementClass } from '@greenrack/board-inventory';
import { newId, runSpecSchema, type SpecRun, type SubmissionSpec } from '@greenrack/farm-protocol';
import type { NewRun, NewSubmission } from '../store/ports.js';
import { Turns } from '../timing/turns.js';
import type { ImagesByName } from './check-images.js';
import { requirementOf } from './check-spec.js';

export interface Submitter {
  readonly name: string;
  readonly tenant: string;
}

/**
 * The rows of a submission, made in turns with the rest of the process. Spec and images have passed `checkSpec` and `checkImages`.
 * @throws RangeError when they have not
 */
export async function planSubmission(
  spec: SubmissionSpec,
  images: ImagesByName,
  {
    submitter,
    nowMs,
    rerunOf,
  }: { submitter: Submitter; nowMs: number; rerunOf?: string | undefined },
): Promise<NewSubmission> {
  const expanded = spec.runs.flatMap((run) => Array.from({ length: run.repeat ?? 1 }, () => run));
  const timings = new Map(spec.images.map(({ name, timing }) => [name, timing]));
  const runs: NewRun[] = [];
  const turns = new Turns();
  for (const [ordinal, run] of expanded.entries()) {
    const timing = { ...timings.get(run.image), ...run.timing };
    const timed = Object.keys(timing).length > 0 ? { ...run, timing } : run;
    runs.push(planRun(timed, images, { ordinal, nowMs }));
    await turns.pass();
  }
  return {
    id: newId('sub', nowMs),
    name: spec.name,
    tenant: submitter.tenant,
    submitter: submitter.name,
    band: spec.priority,
    specJson: JSON.stringify(spec),
    ...(spec.origin && { origin: spec.origin }),
    ...(rerunOf !== undefined && { rerunOf }),
    createdMs: nowMs,
    runs,
  };
}

function planRun(
  run: SpecRun,
  images: ImagesByName,
  { ordinal, nowMs }: { ordinal: number; nowMs: number },
): NewRun {
  const image = images.get(run.image);
  if (!image) throw new RangeError(`run ${ordinal} has no image: the spec was not checked`);
  const requirement = requirementOf(run);
  return {
    id: newId('run', nowMs),
    ordinal,
    name: run.name ?? stem(run.image),
    imageName: run.image,
    imageSha256: image.sha256,
    requirementClass: requirementClass(requirement),
    spec: runSpecSchema.parse({ ...run, requirement }),
  };
}

function stem(fileName: string): string {
  return fileName.replace(/(?<=.)\.[A-Za-z0-9]{1,5}$/, '');
}
