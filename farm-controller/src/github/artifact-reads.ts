import { cleanText, FarmError } from '@greenrack/farm-protocol';
import { z } from 'zod';
import type { GithubArtifactRow } from '../store/for-stages.js';
import type { FoundArtifact } from './fork-rows.js';
import type { GithubClient, RepositoryAccess } from './github-client.js';
import { failureOf } from './github-errors.js';
import { idSchema, shaSchema } from './github-event.js';

/** Artifacts that are for the farm: called so, or so and after their suite. */
const OURS = /^greenrack(?:-(.{1,180}))?$/;
/** Largest that is fetched: it is held in memory. */
const MAX_BYTES = 64 * 1024 * 1024;
const PER_PAGE = 100;
const MAX_PAGES = 5;
const MAX_FOUND = 20;
/** The whole of it has to be there by then. */
const FETCH_MS = 120_000;

const artifactSchema = z.object({
  ...{
    id: idSchema,
    name: z.string().max(300).transform(cleanText),
    size_in_bytes: z.number(),
    expired: z.boolean(),
  },
  workflow_run: z.object({ head_sha: shaSchema.optional() }).nullish(),
});
const artifactsSchema = z.object({ artifacts: z.array(artifactSchema).max(PER_PAGE) });

/** The suite that an artifact is of. */
export const suiteOfArtifact = (name: string): string => OURS.exec(name)?.[1] ?? 'greenrack';

/** What workflows have uploaded. */
export class ArtifactReads {
  readonly #client: GithubClient;

  constructor(client: GithubClient) {
    this.#client = client;
  }

  /** Those of the workflow that are for the farm. @throws GithubLimited, RequestError of octokit */
  async list(of: GithubArtifactRow, signal: AbortSignal): Promise<FoundArtifact[]> {
    const route = 'GET /repos/{owner}/{repo}/actions/runs/{run_id}/artifacts';
    const found = new Map<string, FoundArtifact>();
    for (let page = 1; page <= MAX_PAGES; page++) {
      const query = { run_id: of.run_id, per_page: PER_PAGE, page };
      const answer = await this.#client.ask(placeOf(of), route, query, signal);
      const { artifacts } = artifactsSchema.parse(answer);
      // Earlier attempts may have left one of the same name.
      for (const { id, name, ...one } of artifacts.filter((each) => OURS.test(each.name)))
        if (id > (found.get(name)?.id ?? 0))
          found.set(name, { id, name, why: whyNot(one, of.sha) });
      if (artifacts.length < PER_PAGE) break;
    }
    return [...found.values()].slice(0, MAX_FOUND);
  }

  /**
   * The bytes of one. GitHub says where they are, and that place gets no token of ours.
   * @throws FarmError `not_found` when it has gone, `payload_too_large`; GithubLimited, RequestError of octokit
   */
  async fetch(of: GithubArtifactRow, stop: AbortSignal): Promise<Buffer> {
    const signal = AbortSignal.any([stop, AbortSignal.timeout(FETCH_MS)]);
    const where = await this.#client.redirectOf(placeOf(of), {
      route: 'GET /repos/{owner}/{repo}/actions/artifacts/{artifact_id}/{archive_format}',
      body: { artifact_id: of.artifact_id, archive_format: 'zip' },
      signal,
    });
    const answer = await fetch(where, { signal });
    if (answer.status === 404 || answer.status === 410) throw gone();
    if (!answer.ok || !answer.body)
      throw new FarmError('unavailable', `the bytes of the artifact: HTTP ${answer.status}`);
    return await bounded(answer.body as AsyncIterable<Uint8Array>);
  }
}

/** It has gone when GitHub does not know it any more. */
export const isGone = (error: unknown): boolean =>
  [404, 410].includes(failureOf(error)?.status ?? 0);

export const gone = (): FarmError =>
  new FarmError(
    'not_found',
    'the artifact has expired, or somebody has deleted it: run the workflow again',
  );

type Artifact = Omit<z.output<typeof artifactSchema>, 'id' | 'name'>;

function whyNot({ expired, size_in_bytes: bytes, workflow_run: run }: Artifact, sha: string) {
  if (expired) return gone().message;
  if (bytes > MAX_BYTES) return tooLarge().message;
  if (run?.head_sha !== undefined && run.head_sha !== sha)
    return `it was built of commit ${run.head_sha}, its workflow ran for ${sha}`;
  return '';
}

async function bounded(source: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const pieces: Uint8Array[] = [];
  let bytes = 0;
  for await (const piece of source) {
    bytes += piece.byteLength;
    if (bytes > MAX_BYTES) throw tooLarge();
    pieces.push(piece);
  }
  return Buffer.concat(pieces);
}

const tooLarge = (): FarmError =>
  new FarmError('payload_too_large', `the artifact has more than ${MAX_BYTES} bytes`);

const placeOf = ({ installation_id, owner, name }: GithubArtifactRow): RepositoryAccess => ({
  ...{ installationId: installation_id, owner, name },
});
