import { newId, submissionSpecSchema } from '@greenrack/farm-protocol';
import { expect, it } from '@jest/globals';
import { planSubmission } from '../../src/submit/plan-submission.js';

const NOW = 1_800_000_000_000;
const image = (name: string) => ({
  ...{ sha256: 'a'.repeat(64), sizeBytes: 4, format: 'bin' as const, segments: [] },
  name,
});

async function timingsOf(spec: object): Promise<unknown[]> {
  const parsed = submissionSpecSchema.parse({ version: 1, name: newId('sub', NOW), ...spec });
  const images = new Map(['slow.bin', 'plain.bin'].map((name) => [name, image(name)]));
  const submitter = { name: 'ada', tenant: 'default' };
  const { runs } = await planSubmission(parsed, images, { submitter, nowMs: NOW });
  return runs.map((run) => run.spec.timing);
}

it('what an image says of its timing holds for its runs, and what a run says overrules it', async () => {
  const images = [{ name: 'slow.bin', timing: { resetDelayMs: 4000, syncTimeoutMs: 5000 } }];
  const runs = [
    { image: 'slow.bin', target: 'K64F' },
    {
      ...{ image: 'slow.bin', target: 'K64F' },
      timing: { syncTimeoutMs: 20_000, syncTries: 1, baudRate: 57_600 },
    },
    { image: 'plain.bin', target: 'K64F' },
  ];
  expect(await timingsOf({ images, runs })).toEqual([
    { resetDelayMs: 4000, syncTimeoutMs: 5000 },
    { resetDelayMs: 4000, syncTimeoutMs: 20_000, syncTries: 1, baudRate: 57_600 },
    undefined,
  ]);
});

it.each([
  [{ baudRate: 299 }],
  [{ baudRate: 4_000_001 }],
  [{ syncTimeoutMs: 120_001 }],
  [{ pace: 1 }],
])('a timing of %j is refused', async (timing) => {
  const runs = [{ image: 'plain.bin', target: 'K64F', timing }];
  await expect(timingsOf({ runs })).rejects.toThrow(Object.keys(timing)[0]);
});
