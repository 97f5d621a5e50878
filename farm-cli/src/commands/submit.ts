import { basename, extname, resolve } from 'node:path';
import { IMAGE_EXTENSIONS, isImageName } from '@greenrack/farm-model';
import type { Command } from 'commander';
import { type CliContext, noteLine } from '../cli-context.js';
import { serialOf } from '../client/board-serial.js';
import type { FarmClient } from '../client/farm-client.js';
import { UsageError } from '../exit-code.js';
import { readOrigin } from '../origin/read-origin.js';
import { counted } from '../output/table.js';
import type { Connection } from '../settings.js';
import { type FormatsOf, formatsOfFarm } from '../submission/choose-format.js';
import { findImages, type ImageFile, type ImageSearch, statOf } from '../submission/image-files.js';
import { prepareImages } from '../submission/prepare-images.js';
import { prepareSpec } from '../submission/prepare-spec.js';
import {
  type PreparedSubmission,
  submitPrepared,
  type UploadListener,
} from '../submission/prepared.js';
import { isSpecName } from '../submission/read-spec.js';
import { type CommandWorld, farmOf } from './options.js';
import { refuseReportUnseen, seeThrough } from './see-through.js';
import { isOfBuild, prepareBuild } from './submit-build.js';
import { runOptions, type SubmitOptions, submitCommand } from './submit-options.js';

export function addSubmit(program: Command, world: CommandWorld): void {
  submitCommand(program).action(async (paths: string[], options: SubmitOptions) => {
    world.end(await submit(world, paths, options));
  });
}

async function submit(
  world: CommandWorld,
  paths: readonly string[],
  given: SubmitOptions,
): Promise<number> {
  const { context } = world;
  refuseReportUnseen(given);
  const { client, connection } = farmOf(context, given);
  const options = await pinned(client, paths, given);
  const full = paths.map((path) => resolve(context.cwd, path));
  const formatsOf = formatsOfFarm(client);
  const prepared = isOfBuild(options)
    ? await prepareBuild(
        { cwd: context.cwd, paths: full, formatsOf },
        options,
        runOptions(options, context.cwd),
      )
    : await prepare(world, full, { ...options, formatsOf });
  if (options.expectations !== undefined) noteLine(context, expectedNote(prepared, options));
  const spec = await withOrigin(world, prepared, {
    origin: options.origin,
    session: connection.session,
  });
  const created = await submitPrepared(client, spec, uploadNotes(context));
  return await seeThrough(world, { client, connection }, { created, options });
}

/** A line for every tenth of a large image. */
function uploadNotes(context: CliContext): UploadListener {
  const told = new Map<string, number>();
  return (name, doneBytes, sizeBytes) => {
    const tenth = Math.floor((doneBytes * 10) / sizeBytes);
    if (tenth <= (told.get(name) ?? -1)) return;
    told.set(name, tenth);
    noteLine(context, `${name}: ${mebibytes(doneBytes)} of ${mebibytes(sizeBytes)} MiB uploaded`);
  };
}

const mebibytes = (bytes: number): number => Math.floor(bytes / 1024 / 1024);

/** People call a board by its name, the farm by its serial. A spec, which takes no options of runs, says the serial. */
async function pinned(
  client: FarmClient,
  paths: readonly string[],
  given: SubmitOptions,
): Promise<SubmitOptions> {
  if (given.board === undefined || paths.some(isSpecName)) return given;
  return { ...given, board: await serialOf(client, given.board) };
}

/** A spec that names its origin knows better than the folder that it lies in. */
async function withOrigin(
  { context }: CommandWorld,
  prepared: PreparedSubmission,
  {
    origin,
    session,
  }: Pick<SubmitOptions, 'origin'> & { readonly session: Connection['session'] | undefined },
): Promise<PreparedSubmission> {
  if (!origin || prepared.spec.origin) return prepared;
  const [image = context.cwd] = prepared.files.values();
  const read = await readOrigin(context, image);
  // What the farm knows of the workflow is what it goes by: a pull request is built from a merge that nobody has pushed.
  const all = session ? { ...read, ...(await session.origin()) } : read;
  return all ? { ...prepared, spec: { ...prepared.spec, origin: all } } : prepared;
}

/** A list changes what an exit code means, so it is never silent. */
function expectedNote({ spec }: PreparedSubmission, { expectations }: SubmitOptions): string {
  const listed = spec.runs.filter((run) => run.expectCases || (run.expect ?? 'pass') !== 'pass');
  const names = listed.map((run) => run.name ?? run.image).join(', ');
  return `--expectations ${expectations}: ${counted(listed.length, 'test')} listed as failing or flaky${names && `: ${names}`}`;
}

async function prepare(
  { context }: CommandWorld,
  paths: readonly string[],
  options: SubmitOptions & { readonly formatsOf: FormatsOf },
): Promise<PreparedSubmission> {
  const [first] = paths;
  if (first === undefined) throw new UsageError('name an image, a folder or a spec');
  if (paths.some(isSpecName)) {
    if (paths.length > 1) throw new UsageError('a spec is submitted alone');
    refuseRunOptions(options, context.cwd);
    return overruled(await prepareSpec(first), options);
  }
  const { target, formatsOf } = options;
  const leftOut = (folders: readonly string[]) => noteLeftOut(context, folders);
  const images: ImageFile[] = [];
  for (const path of paths) images.push(...(await imagesAt(path, { target, formatsOf, leftOut })));
  return await prepareImages(images, {
    name: options.name ?? nameOf(first),
    priority: options.priority,
    run: runOptions(options, context.cwd),
  });
}

/** An image's name without what says its format. */
const nameOf = (path: string): string =>
  isImageName(path) ? basename(path, extname(path)) : basename(path);

const MAX_LEFT_OUT = 5;

function noteLeftOut(context: CliContext, folders: readonly string[]): void {
  if (folders.length === 0) return;
  const shown = folders.slice(0, MAX_LEFT_OUT).join(', ');
  const rest = folders.length - MAX_LEFT_OUT;
  noteLine(context, `not looked into: ${shown}${rest > 0 ? ` and ${rest} more` : ''}`);
}

async function imagesAt(path: string, search: ImageSearch): Promise<ImageFile[]> {
  if (!statOf(path).isDirectory() && !isImageName(path))
    throw new UsageError(
      `${path}: neither an image (${IMAGE_EXTENSIONS.join(' ')}) nor a spec (.yaml .json)`,
    );
  return await findImages(path, search);
}

/** A spec says all about its runs: an option that changed some of it silently would be a trap. */
function refuseRunOptions(options: SubmitOptions, cwd: string): void {
  const given = [...Object.keys(runOptions(options, cwd)), ...(options.target ? ['target'] : [])];
  if (given.length > 0)
    throw new UsageError(`a spec says it itself: leave out the options for ${given.join(', ')}`);
}

function overruled(prepared: PreparedSubmission, options: SubmitOptions): PreparedSubmission {
  const { name = prepared.spec.name, priority = prepared.spec.priority } = options;
  return { ...prepared, spec: { ...prepared.spec, name, priority } };
}
