import { createReadStream } from 'node:fs';
import { type RunView, submissionIdSchema } from '@greenrack/farm-protocol';
import type { FarmClient } from '../client/farm-client.js';
import { UsageError } from '../exit-code.js';
import { statOf } from '../submission/image-files.js';

/** Archives of coverage dumps that belong together: those of a run, one per attempt. */
export interface CoverageSource {
  /** For messages. */
  readonly label: string;
  readonly archives: readonly (() => AsyncIterable<Uint8Array>)[];
}

/** The runs that ids of runs and submissions name, each once. @throws UsageError when one has not ended */
export async function coverageOfRuns(
  client: FarmClient,
  ids: readonly string[],
  signal: AbortSignal,
): Promise<CoverageSource[]> {
  const runs = new Map<string, RunView>();
  for (const id of ids) for (const run of await runsNamed(client, id)) runs.set(run.id, run);
  for (const { id, state } of runs.values())
    if (state !== 'finished')
      throw new UsageError(`run ${id} is ${state}; wait for its end, with \`greenrack watch\``);
  return [...runs.values()].map((run) => ({
    label: `${run.name} (${run.id})`,
    archives: Array.from(
      { length: run.attempts },
      (_, i) => () => client.coverage(run.id, i + 1, signal),
    ),
  }));
}

async function runsNamed(client: FarmClient, id: string): Promise<RunView[]> {
  return submissionIdSchema.safeParse(id).success ? client.runsOf(id) : [await client.run(id)];
}

/** An archive that was downloaded before. @throws UsageError when it is not there */
export function coverageOfFile(file: string): CoverageSource {
  if (statOf(file).isDirectory()) throw new UsageError(`${file}: is a folder, not an archive`);
  return { label: file, archives: [() => createReadStream(file)] };
}
