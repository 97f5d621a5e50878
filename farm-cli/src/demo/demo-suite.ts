import {
  displayNameSchema,
  fileNameSchema,
  submissionSpecSchema,
  targetNameSchema,
  type Verdict,
  verdictSchema,
} from '@greenrack/farm-protocol';
import { z } from 'zod';
import { hashFile, type PreparedSubmission } from '../submission/prepared.js';
import { readDataFile } from '../submission/read-spec.js';
import { builtImage } from './built-image.js';

const demoSuiteSchema = z.strictObject({
  version: z.literal(1),
  name: displayNameSchema,
  /** Every run is executed for each of them. */
  targets: z.array(targetNameSchema).min(1).max(16),
  runs: z
    .array(
      z.strictObject({
        image: fileNameSchema,
        expect: verdictSchema,
        /** Instead of the suite's. */
        targets: z.array(targetNameSchema).min(1).max(16).optional(),
        timeoutMs: z.number().int().min(100).max(600_000).default(60_000),
      }),
    )
    .min(1)
    .max(100),
});

/** A suite ready to be submitted, with the verdict that each of its runs must get. */
export interface DemoSuite {
  readonly prepared: PreparedSubmission;
  /** In the order of the runs. */
  readonly expected: readonly Verdict[];
}

/** Reads a suite whose images are `<imageDir>/<TARGET>/<image>`. @throws UsageError for an image that was not built. */
export async function loadDemoSuite(file: string, imageDir: string): Promise<DemoSuite> {
  const suite = readDataFile(demoSuiteSchema, file);
  const files = new Map<string, string>();
  const images: object[] = [];
  const runs: object[] = [];
  const expected: Verdict[] = [];
  for (const run of suite.runs)
    for (const target of run.targets ?? suite.targets) {
      const path = builtImage(imageDir, target, run.image);
      const name = `${target}-${run.image}`;
      files.set(name, path);
      images.push({ name, ...(await hashFile(path)) });
      const stem = run.image.replace(/\.[^.]+$/, '');
      runs.push({ name: stem, image: name, target, timeoutMs: run.timeoutMs });
      expected.push(run.expect);
    }
  const spec = submissionSpecSchema.parse({ version: 1, name: suite.name, images, runs });
  return { prepared: { spec, files }, expected };
}
