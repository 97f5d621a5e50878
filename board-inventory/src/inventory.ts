import { readdirSync } from 'node:fs';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type BoardSpec, FarmError } from '@greenrack/farm-protocol';
import { boardTiming } from './board-timing.js';
import { type GoldenImageFile, goldenImageOf } from './golden-image.js';
import { mbedTargets } from './mbed-targets.js';
import { mergeParams } from './merge-params.js';
import { readYaml } from './read-yaml.js';
import {
  type BoardModel,
  boardModelSchema,
  type MemoryRegion,
  type RackBoard,
  rackSchema,
} from './schema.js';
import { SoleParts } from './sole-parts.js';

/** All boards of the farm as its files describe them. */
export interface Inventory {
  /** Boards by the name of the agent that they are plugged into. */
  readonly racks: ReadonlyMap<string, readonly BoardSpec[]>;
  /** Boards of all racks. */
  readonly boards: readonly BoardSpec[];
  /** Models by name; some may have no board. */
  readonly models: ReadonlyMap<string, BoardModel>;
  /** Targets that at least one board has. */
  readonly targets: ReadonlySet<string>;
  /** By model; for models that name one. */
  readonly goldenImages: ReadonlyMap<string, GoldenImageFile>;
}

/** The inventory that comes with Greenrack: four virtual boards of agent `virtual-1`. */
export function defaultInventoryDir(): string {
  return fileURLToPath(new URL('..', import.meta.url));
}

/**
 * Reads `models/*.yaml` and `racks/*.yaml` below `dir`.
 * @throws FarmError `invalid_configuration` that names the file and the path of what is wrong in it.
 */
export function loadInventory(dir: string): Inventory {
  const models = loadModels(join(dir, 'models'));
  const racks = new Map<string, readonly BoardSpec[]>();
  const taken: Taken = { serial: new Map(), name: new Map() };
  const soleParts = new SoleParts();
  for (const file of yamlFiles(join(dir, 'racks'))) {
    const rack = readYaml(rackSchema, file);
    if (racks.has(rack.agent)) throw wrong(file, `agent: another rack names ${rack.agent} too`);
    const boards = rack.boards.map((board, i) => {
      const place = `boards[${i}]`;
      take(taken, board, { file, place });
      const spec = boardSpec(board, modelOf(board, models, `${file}: ${place}`));
      const { params } = spec.wiring;
      soleParts.add({ place: `${file}: ${place}`, agent: rack.agent, board, params });
      return spec;
    });
    racks.set(rack.agent, boards);
  }
  const boards = [...racks.values()].flat();
  const targets = new Set(boards.map((board) => board.target));
  return { racks, boards, models, targets, goldenImages: goldenImages(models, dir) };
}

/** In which file each serial and each name stands. */
type Taken = Readonly<Record<'serial' | 'name', Map<string, string>>>;

/** A name that is another board's serial would mislead as much as a name that two boards have. */
function take(taken: Taken, board: RackBoard, { file, place }: { file: string; place: string }) {
  for (const key of ['serial', 'name'] as const) {
    const value = board[key];
    if (value === undefined) continue;
    const other = taken.serial.get(value) ?? taken.name.get(value);
    if (other) throw wrong(file, `${place}.${key}: ${value} is already in ${other}`);
    taken[key].set(value, file);
  }
}

function goldenImages(
  models: ReadonlyMap<string, BoardModel>,
  dir: string,
): Map<string, GoldenImageFile> {
  const images = new Map<string, GoldenImageFile>();
  for (const model of models.values()) {
    const image = goldenImageOf(model, dir);
    if (image) images.set(model.name, image);
  }
  return images;
}

/** Memory that an image for `target` may use; empty for a target without a model. */
export function memoryOf(inventory: Inventory, target: string): readonly MemoryRegion[] {
  return modelOfTarget(inventory, target)?.memory ?? [];
}

/** Where a core of `target` finds the vector table that each image must bring; undefined when that is not known. */
export function vectorTableOf(inventory: Inventory, target: string): number | undefined {
  return modelOfTarget(inventory, target)?.vectorTable;
}

/** Image formats that boards of `target` take; empty for a target without a model. */
export function imageFormatsOf(
  inventory: Inventory,
  target: string,
): readonly BoardModel['imageFormats'][number][] {
  return modelOfTarget(inventory, target)?.imageFormats ?? [];
}

/** The files of an inventory folder, by name. @throws FarmError when there is no such folder. */
export function yamlFiles(dir: string): string[] {
  try {
    const names = readdirSync(dir).filter((name) => /\.ya?ml$/.test(name));
    return names.sort().map((name) => join(dir, name));
  } catch (error) {
    throw new FarmError('invalid_configuration', `${dir}: no such inventory folder`, {
      cause: error,
    });
  }
}

function modelOfTarget(inventory: Inventory, target: string): BoardModel | undefined {
  for (const model of inventory.models.values()) if (model.target === target) return model;
  return undefined;
}

function loadModels(dir: string): Map<string, BoardModel> {
  const models = new Map<string, BoardModel>();
  const byTarget = new Map<string, BoardModel>();
  for (const file of yamlFiles(dir)) {
    const model = readYaml(boardModelSchema, file);
    if (basename(file).replace(/\.ya?ml$/, '') !== model.name)
      throw wrong(file, `name: a model's file is named like the model, ${model.name}.yaml`);
    checkMemory(model, file);
    checkSameImages(model, byTarget.get(model.target), file);
    models.set(model.name, model);
    byTarget.set(model.target, model);
  }
  return models;
}

function checkMemory(model: BoardModel, file: string): void {
  let end = 0;
  model.memory.forEach((region, i) => {
    if (region.address < end)
      throw wrong(file, `memory[${i}].address: regions rise and do not overlap`);
    end = region.address + region.sizeBytes;
  });
}

/** An image is checked against its target before a board is chosen: all models of a target must take the same images. */
function checkSameImages(model: BoardModel, other: BoardModel | undefined, file: string): void {
  if (!other) return;
  for (const field of ['memory', 'vectorTable', 'imageFormats'] as const) {
    const [own, others] = [JSON.stringify(model[field]), JSON.stringify(other[field])];
    if (own !== others)
      throw wrong(
        file,
        `${field}: ${own} differs from that of ${other.name}, the same target: ${others}`,
      );
  }
}

function modelOf(
  board: RackBoard,
  models: ReadonlyMap<string, BoardModel>,
  place: string,
): BoardModel {
  const model = models.get(board.model);
  if (model) return model;
  const known = [...models.keys()].join(', ') || 'none';
  throw new FarmError(
    'invalid_configuration',
    `${place}.model: no model '${board.model}'; models/ has ${known}`,
  );
}

function boardSpec(board: RackBoard, model: BoardModel): BoardSpec {
  const timing = boardTiming(model, board);
  const detectCodes = mbedTargets().get(model.target)?.detectCodes ?? [];
  return {
    serial: board.serial,
    ...(board.name !== undefined && { name: board.name }),
    target: model.target,
    model: model.name,
    tags: board.tags,
    fixtures: board.fixtures,
    wiring: { driver: model.driver, params: mergeParams(model.params, board.params) },
    ...(timing && { timing }),
    ...(detectCodes.length > 0 && { detectCodes }),
  };
}

function wrong(file: string, what: string): FarmError {
  return new FarmError('invalid_configuration', `${file}: ${what}`, { context: { file } });
}
