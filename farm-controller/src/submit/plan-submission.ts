import { requirementClass } from '@greenrack/board-inventory';
import {
  newId,
  type Requirement,
  type RunPartner,
  runPartnerSchema,
  runSpecSchema,
  type SpecPartner,
  type SpecRun,
  type SubmissionSpec,
} from '@greenrack/farm-protocol';
import type { NewRun, NewSubmission } from '../store/ports.js';
import { Turns } from '../timing/turns.js';
import type { ImagesByName } from './check-images.js';
import { requirementOf } from './check-spec.js';

export interface Submitter {
  readonly name: string;
  readonly tenant: string;
}

interface PlanTerms {
  readonly submitter: Submitter;
  readonly nowMs: number;
  readonly rerunOf?: string | undefined;
  /** For each run, serials of boards that it runs on only where there is no other. */
  readonly avoid?: readonly (readonly string[])[] | undefined;
}
interface RunTerms {
  readonly ordinal: number;
  readonly nowMs: number;
  readonly avoid: readonly string[] | undefined;
}

/**
 * The rows of a submission, made in turns with the rest of the process. Spec and images have passed `checkSpec` and `checkImages`.
 * @throws RangeError when they have not
 */
export async function planSubmission(
  spec: SubmissionSpec,
  images: ImagesByName,
  { submitter, nowMs, rerunOf, avoid }: PlanTerms,
): Promise<NewSubmission> {
  const expanded = spec.runs.flatMap((run) => Array.from({ length: run.repeat ?? 1 }, () => run));
  const timings = new Map(spec.images.map(({ name, timing }) => [name, timing]));
  const runs: NewRun[] = [];
  const turns = new Turns();
  for (const [ordinal, run] of expanded.entries()) {
    const timing = { ...timings.get(run.image), ...run.timing };
    const timed = Object.keys(timing).length > 0 ? { ...run, timing } : run;
    runs.push(planRun(timed, images, { ordinal, nowMs, avoid: avoid?.[ordinal] }));
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
  { ordinal, nowMs, avoid: unwanted = [] }: RunTerms,
): NewRun {
  const requirement = requirementOf(run);
  const partners = run.partners?.map((one) => planPartner({ ...one, link: run.link }, images));
  // Of several boards, or of one that is named, there is no other.
  const isFree = partners === undefined && requirement.board === undefined;
  const avoid = isFree ? [...unwanted].sort() : [];
  const needs = [requirement, ...(partners ?? []).map((one) => one.requirement)];
  return {
    id: newId('run', nowMs),
    ordinal,
    name: run.name ?? stem(run.image),
    imageName: run.image,
    imageSha256: hashOf(run.image, images),
    requirementClass: gangClass(needs, avoid),
    ...(avoid.length > 0 && { avoid }),
    spec: runSpecSchema.parse({ ...run, requirement, partners }),
  };
}

function planPartner(
  partner: SpecPartner & Pick<SpecRun, 'link'>,
  images: ImagesByName,
): RunPartner {
  const imageSha256 = hashOf(partner.image, images);
  const plan = { ...partner, imageName: partner.image, imageSha256 };
  return runPartnerSchema.parse({ ...plan, requirement: requirementOf(partner) });
}

function hashOf(name: string, images: ImagesByName): string {
  const image = images.get(name);
  if (!image) throw new RangeError(`there is no image ${name}: the spec was not checked`);
  return image.sha256;
}

/** Runs of several boards wait in lanes of their own. */
function gangClass(needs: readonly Requirement[], avoid: readonly string[]): string {
  return needs.map((need) => requirementClass(need, avoid)).join('+');
}

function stem(fileName: string): string {
  return fileName.replace(/(?<=.)\.[A-Za-z0-9]{1,5}$/, '');
}
