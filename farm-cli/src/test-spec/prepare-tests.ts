import { extname } from 'node:path';
import {
  MAX_IMAGES_PER_SUBMISSION,
  parseOrThrow,
  submissionSpecSchema,
} from '@greenrack/farm-protocol';
import { UsageError } from '../exit-code.js';
import { statOf } from '../submission/image-files.js';
import type { RunOptions } from '../submission/prepare-images.js';
import { hashFile, type PreparedSubmission } from '../submission/prepared.js';
import { bareName, unused } from '../submission/upload-names.js';
import type { PlannedTest } from './planned-test.js';

/** Makes the spec of tests that a build names. Options of the call overrule what the build says of a run. */
export async function prepareTests(
  tests: readonly PlannedTest[],
  options: RunOptions,
): Promise<PreparedSubmission> {
  if (tests.length > MAX_IMAGES_PER_SUBMISSION)
    throw new UsageError(
      `${tests.length} tests, and one submission takes ${MAX_IMAGES_PER_SUBMISSION}: choose some with -n or --target`,
    );
  const names = imageNames(tests);
  const files = new Map<string, string>();
  const images: object[] = [];
  const runs: object[] = [];
  for (const test of tests) {
    const image = names.get(test) ?? test.name;
    if (!files.has(image)) {
      statOf(test.image);
      files.set(image, test.image);
      images.push({ name: image, ...(await hashFile(test.image)) });
    }
    runs.push({ ...test.run, ...options.run, name: test.name, image, target: test.target });
  }
  const { name, priority } = options;
  const raw = { version: 1, name, images, runs, ...(priority ? { priority } : {}) };
  return { spec: parseOrThrow(submissionSpecSchema, raw, 'invalid_spec', 'submission'), files };
}

/** The test's name with its image's extension; the build in front where several builds have the test. */
function imageNames(tests: readonly PlannedTest[]): Map<PlannedTest, string> {
  const counts = new Map<string, number>();
  for (const { name } of tests) counts.set(name, (counts.get(name) ?? 0) + 1);
  const names = new Map<PlannedTest, string>();
  const taken = new Set<string>();
  for (const test of tests) {
    const own = `${test.name}${extname(test.image)}`;
    const wanted = counts.get(test.name) === 1 ? own : `${test.group}-${own}`;
    const name = unused(bareName(wanted), taken);
    taken.add(name);
    names.set(test, name);
  }
  return names;
}
